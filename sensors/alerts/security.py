"""Security events in what Dagster keeps of errors: told by the classes of errors, never by their texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakehouse_assets.errors import CredentialError, OutsideRangeError

if TYPE_CHECKING:
    from dagster._utils.error import SerializableErrorInfo

BY_CLASS = {error.__name__: error.security for error in (OutsideRangeError, CredentialError)}


def security_of(error: SerializableErrorInfo | None) -> str:
    """The kind of security event that a recorded error is; "" for any other."""
    while error is not None:
        if error.cls_name in BY_CLASS:
            return BY_CLASS[error.cls_name]
        error = error.cause
    return ""
