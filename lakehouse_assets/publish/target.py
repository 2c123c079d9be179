"""What publishing must know about a table, and nothing more."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lakehouse_assets.publish.rules import RuleSet

if TYPE_CHECKING:
    from pyspark.sql.types import StructType

    from lakehouse_assets.publish.schema_policy import Policy


@dataclass(frozen=True)
class Target:
    """Where and how one table is published.

    `carried` columns (provenance) follow a row if its frame has them. A publication is refused where more
    than `tolerated_share` of a partition's rows, or more than `tolerated_rows`, are rejected. `policy` says
    what may happen where the stored columns are not those of `schema`.
    """

    id: str
    url: str
    quarantine_url: str
    schema: StructType
    column: str | None = None
    rules: RuleSet = field(default_factory=lambda: RuleSet(()))
    carried: tuple[str, ...] = ()
    description: str = ""
    tolerated_share: float = 1.0
    tolerated_rows: int | None = None
    policy: Policy = "strict"


@dataclass(frozen=True)
class Origin:
    """Who publishes and from what: it goes into the commit, beside the rows.

    `made` says for each slot of the range what it was made from; equal marks, equal rows.
    """

    run_id: str
    code_version: str = ""
    inputs: dict[str, int] = field(default_factory=dict)  # table id -> Delta version read
    made: dict[str, int] = field(default_factory=dict)
