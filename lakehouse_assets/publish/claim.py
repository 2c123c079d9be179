"""Whose lake it is: a lake of staging or production says so itself, and is written by no other environment."""

from __future__ import annotations

import json

from lakehouse_assets.errors import OtherEnvironmentError
from lakehouse_assets.settings import BRANCHES, Settings
from lakehouse_assets.storage import place, storage_errors

CLAIM = "_environment.json"  # below the root of a lake
CLAIMING = ("staging", "production")
_held: set[tuple[str, str | None]] = set()  # what this process has seen to be its own, which nobody gives up


def require_claim(settings: Settings, *layers: str) -> None:
    """Return where this process may write to the lake, and to its `layers` where these lie apart from it.

    Staging and production claim theirs by the first write. Costs one small read of the store, of each place, until
    the claim is seen. A branch's lake lies below that of staging, whose claim is asked too. Raises
    OtherEnvironmentError where the lake is another environment's, or where this process does not say which it
    works for.
    """
    for root in settings.roots(*layers):
        if (root, settings.environment) not in _held:
            _require(root, settings.environment)


def _require(root: str, environment: str | None) -> None:
    lake, _, branch = root.partition(f"/{BRANCHES}/")
    holder = claimed_by(lake)
    if holder is None and environment in CLAIMING:
        place(lake).put_new(CLAIM, json.dumps({"environment": environment}).encode())
        holder = claimed_by(lake)  # ours, or that of whoever was first
    expected = "staging" if branch else environment
    if holder not in (None, expected):
        raise OtherEnvironmentError(
            f"this lake is {holder}'s, and this process " + _says(environment),
            where=lake,
            remedy=f"set LAKEHOUSE_ENVIRONMENT={holder} if that is meant; else set LAKEHOUSE_ROOT to another lake",
        )
    if holder is not None:
        _held.add((root, environment))


def claimed_by(root: str) -> str | None:
    """The environment that a lake belongs to; None where nobody has claimed it."""
    lake = place(root)
    path = f"{lake.path}/{CLAIM}"
    with storage_errors(root):
        try:
            with lake.system.open_input_stream(path) as stream:
                said = json.loads(stream.read())
        except FileNotFoundError:
            return None
        except ValueError as error:
            raise _unreadable(root) from error
    if not isinstance(said, dict) or not isinstance(said.get("environment"), str):
        raise _unreadable(root)
    return said["environment"]


def _unreadable(root: str) -> OtherEnvironmentError:
    return OtherEnvironmentError(
        f"{CLAIM} does not say whose lake this is",
        where=root,
        remedy='make it {"environment": "staging"} or {"environment": "production"}, whichever is true',
    )


def _says(environment: str | None) -> str:
    return f"works for {environment}" if environment else "does not say which environment it works for"
