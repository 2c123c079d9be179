"""What another process is asked to do with a table, as plain data, and what it answers."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from lakehouse_assets.errors import LakehouseError
from lakehouse_assets.storage import storage_error_of, without_secrets

if TYPE_CHECKING:
    from lakehouse_assets.declare.table import Table
    from lakehouse_assets.settings import Settings

HIDDEN = "***"

Action = Literal["make", "replay"]


@dataclass(frozen=True)
class Task:
    """One run of a table, for the partitions `keys`; none of them for an unpartitioned table.

    `code_version` is that of the table as the asker has it: a process that has another refuses.
    """

    action: Action
    table: str
    keys: tuple[str, ...]
    code_version: str
    root: str
    landing: str
    run_id: str
    force: bool = False
    who: str = ""
    why: str = ""
    catalog: str | None = None
    environment: str | None = None
    layers: str = ""
    workers: bool = False  # whether workers of a cluster may read deliveries, by this code

    @classmethod
    def of(cls, table: Table, settings: Settings, **asked: Any) -> Task:
        """The task for a table of this process' own code, in the lake that its settings say."""
        return cls(
            table=table.id,
            code_version=table.code_version,
            root=settings.root,
            landing=settings.landing,
            catalog=settings.catalog,
            environment=settings.environment,
            layers=settings.layers,
            **asked,
        )

    def as_json(self) -> dict[str, Any]:
        """The task as a JSON object."""
        return asdict(self)

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Task:
        """What `as_json` gave."""
        return cls(**{**said, "keys": tuple(said["keys"])})


class RemoteError(LakehouseError):
    """A failure of a run in another process, as it told it; `permanent` and `security` are what it said of it."""

    def __init__(self, what: str, *, where: str = "", remedy: str = "", permanent: bool, security: str = "") -> None:
        super().__init__(what, where=where, remedy=remedy)
        self.permanent, self.security = permanent, security


# What passes by itself when the run is repeated: a node that was taken away, a store or network that is busy.
PASSING = (
    "ExecutorLostFailure",
    "FetchFailed",
    "Connection reset",
    "Connection refused",
    "Read timed out",
    "SlowDown",
    "ServerBusy",
    "ServiceUnavailable",
    "Service Unavailable",
    "SparkContext was shut down",
    "Status Code: 503",
)

_SECRET = re.compile(r"KEY|SECRET|TOKEN|PASSWORD|SIGNATURE|SAS", re.IGNORECASE)


def told(error: BaseException, where: str = "") -> dict[str, Any]:
    """A failure as a JSON object: its words without secrets, and whether trying again could help."""
    if isinstance(error, LakehouseError):
        words = {"what": masked(error.what), "where": masked(error.where), "remedy": masked(error.remedy)}
        return {**words, "permanent": error.permanent, "security": error.security}
    passing = isinstance(error, (ConnectionError, TimeoutError)) or any(sign in str(error) for sign in PASSING)
    if not passing and (of_store := storage_error_of(error, where)) is not None:
        return told(of_store, where)
    return {
        "what": masked(f"{type(error).__name__}: {error}"),
        "where": "",
        "remedy": "",
        "permanent": not passing,
        "security": "",
    }


def heard(said: Mapping[str, Any]) -> RemoteError:
    """The failure that `told` gave."""
    return RemoteError(
        said["what"],
        where=said["where"],
        remedy=said["remedy"],
        permanent=said["permanent"],
        security=said.get("security", ""),
    )


def masked(text: str) -> str:
    """The text without secrets: those that any store knows, and every variable here that is called like one."""
    for name, value in os.environ.items():
        if len(value) >= 8 and _SECRET.search(name):
            text = text.replace(value, HIDDEN)
    return without_secrets(text)
