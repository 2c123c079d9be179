"""Failures of storage, in one clear sentence each: what is wrong, and whether trying again may help."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from lakehouse_assets.errors import CredentialError, LakehouseError, StorageError, UnavailableError
from lakehouse_assets.storage.secrets import without_secrets


@dataclass(frozen=True)
class _Kind:
    """A failure as every library says it in its own sentence, around the words of a system or a store."""

    signs: str  # a regular expression
    what: str
    remedy: str
    transient: bool = False
    missing: bool = False
    refused: bool = False


class MissingError(StorageError):
    """A file of a store is not there, or no longer."""


CREDENTIALS = (
    "look at the AWS_* or AZURE_* variables, or the profile, that this process is started with; "
    "docs/stores.md lists them"
)
# The first that fits counts. Words are those of Linux, S3, Azure, and the Rust library that all readers share.
KINDS = (
    _Kind(r"No space left", "the disk is full", "free some space and run the same command again"),
    _Kind(
        r"Read-only file system",
        "the file system is read-only",
        "choose another place with LAKEHOUSE_HOME, or remount it",
    ),
    _Kind(
        r"NoSuchBucket|ContainerNotFound|InvalidBucketName",
        "there is no such bucket or container",
        "create it, or correct the name in LAKEHOUSE_ROOT or LAKEHOUSE_LANDING",
    ),
    _Kind(
        r"NonExistentQueue|QueueDoesNotExist|QueueNotFound",
        "there is no such queue",
        "create it, or correct its URL in LAKEHOUSE_QUEUE",
    ),
    _Kind(
        r"NoSuchKey|BlobNotFound|Object at location .* not found",
        "a file is not there, or no longer",
        "run it again: another writer may have replaced it meanwhile",
        missing=True,
    ),
    _Kind(
        r"Error performing GET[^\n]*412 Precondition",
        "the file was replaced while it was read",
        "run it again",
        transient=True,
    ),
    _Kind(
        r"ExpiredToken|TokenRefreshRequired|RequestExpired",
        "the credentials have expired",
        "sign in again, or renew the token, and run it again",
        refused=True,
    ),
    _Kind(
        r"InvalidAccessKeyId|SignatureDoesNotMatch|AuthenticationFailed|AuthorizationFailure\b|InvalidToken"
        r"|InvalidAuthenticationInfo|Invalid Access Key|InvalidAccountKey|AuthorizationQueryParametersError"
        r"|Unauthenticated|\b401 Unauthorized",
        "the store does not accept the credentials",
        CREDENTIALS,
        refused=True,
    ),
    _Kind(
        r"PermanentRedirect|AuthorizationHeaderMalformed|IllegalLocationConstraint|\b301 Moved|bare redirect",
        "the bucket is in another region",
        "set AWS_REGION to the bucket's own",
    ),
    _Kind(
        r"RequestTimeTooSkewed",
        "this machine's clock is wrong",
        "set the clock: stores refuse requests that are not timely",
    ),
    _Kind(
        r"NoAuthWithAWSException",
        "the cluster has no credentials for the store",
        "its server and workers ask the store by themselves: start them with the store's variables set, "
        "on this machine by `make cluster` after they are exported",
    ),
    _Kind(
        r"AccessDenied|AuthorizationPermissionMismatch|AccountIsDisabled|PublicAccessNotPermitted"
        r"|InsufficientAccountPermissions|lacked the necessary privileges|\b403 Forbidden",
        "the store refuses: permission denied",
        "give the identity that runs this the right to list, read, write and delete there; docs/stores.md says which",
        refused=True,
    ),
    _Kind(r"Permission denied", "permission denied", "give the user that runs this the right to it"),
    _Kind(
        r"URL scheme is not allowed|builder error",
        "the address of the store cannot be used",
        "look at AWS_ENDPOINT_URL or AZURE_STORAGE_ENDPOINT: https://..., or http://... with AWS_ALLOW_HTTP=true",
    ),
    _Kind(
        r"Encountered object with invalid path|Encountered illegal character|Encountered empty path segment",
        "the name of an object cannot be used",
        "rename that object: no line ends, and neither empty parts nor `.` or `..` between slashes",
    ),
    _Kind(
        r"\b(500|502|503|504|429)\b.{0,40}(Internal|Bad Gateway|Unavailable|Timeout|Too Many|Slow)|SlowDown|ServerBusy"
        r"|OperationTimedOut|InternalError|Service Unavailable|Too Many Requests",
        "the store asks to be left alone for a while",
        "run it again: nothing is lost, and what was published stays",
        transient=True,
    ),
    _Kind(
        r"error sending request|Could not connect|error trying to connect|[Cc]onnection (refused|reset|closed|aborted)"
        r"|dns error|operation timed out|(?<!_)[Tt]imed? ?out|request or response body error"
        r"|error decoding response body|tcp connect error|IncompleteMessage|connection error|error reading a body"
        r"|broken pipe|BadStatus"
        r"|after \d+ retries",
        "the store does not answer",
        "look at AWS_ENDPOINT_URL or AZURE_STORAGE_ENDPOINT and at the network, and run it again",
        transient=True,
    ),
)
# That a machine says, not a store: the local disk's own words.
REFUSALS = re.compile(r"No space left|Permission denied|Read-only file system")
# That a failure is one of storage at all, where no place is known.
OF_STORAGE = re.compile(
    r"Generic (S3|MicrosoftAzure) error|Error performing (GET|PUT|POST|HEAD|DELETE)|\bS3 error\b"
    r"|No space left|Read-only file system|Permission denied|Encountered object with invalid path"
    r"|NoAuthWithAWSException|\(Service: S3, Status Code:"  # of a cluster's server
    r"|An error occurred \(\w+\) when calling|ErrorCode:\w+|Could not connect to the endpoint URL"
)


def is_refusal(error: BaseException) -> bool:
    """Whether the operating system or a store refused, for want of space or of rights, and wrote nothing."""
    return REFUSALS.search(str(error)) is not None


def is_transient(error: BaseException) -> bool:
    """Whether a store did not answer as it should, so that it is not known what it did."""
    known = storage_error_of(error, "")
    return known is not None and not known.permanent


def storage_error_of(error: BaseException, where: str) -> LakehouseError | None:
    """A failure of the operating system, a store or an engine that writes, as a StorageError; None for another."""
    text = str(error)
    if isinstance(error, LakehouseError):
        return None
    if not isinstance(error, OSError) and OF_STORAGE.search(text) is None:
        return None
    for kind in KINDS:
        if re.search(kind.signs, text):
            said = "" if REFUSALS.search(text) else _detail(text)
            return _error_of(kind)(kind.what + said, where=without_secrets(where), remedy=kind.remedy)
    return StorageError(_first(text), where=without_secrets(where), remedy="check that the path exists and can be used")


@contextmanager
def storage_errors(where: str) -> Iterator[None]:
    """Turn failures of the operating system, a store or an engine that writes into one clear StorageError.

    What passes by itself is an UnavailableError, which is worth a retry. What is not about storage passes
    unchanged. No secret that a library put into its sentence comes through.
    """
    try:
        yield
    except LakehouseError:
        raise
    except Exception as error:
        known = storage_error_of(error, where)
        if known is None:
            raise
        raise known from (error if without_secrets(str(error)) == str(error) else None)


def _error_of(kind: _Kind) -> type[StorageError]:
    if kind.transient:
        return UnavailableError
    if kind.missing:
        return MissingError
    return CredentialError if kind.refused else StorageError


def _detail(text: str) -> str:
    """The store's own code, or the library's own words, where they say more."""
    code = re.search(r"<Code>(\w+)</Code>", text)
    if code:
        return f" ({code.group(1)})"
    status = re.search(r"\b(\d{3} [A-Z][A-Za-z ]+)", text)
    if status:
        return f" ({status.group(1).strip()})"
    named = re.search(r'Path "([^"]+)"', text)
    return f" ({named.group(1)!r})" if named else ""


def _first(text: str) -> str:
    """The first paragraph: what follows is a library's inner life."""
    return without_secrets(" ".join(text.split("\n\nDebug source")[0].split()))[:500]
