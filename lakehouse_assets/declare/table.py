"""A declared table: everything about it that neither Dagster nor an engine needs to be there for."""

from __future__ import annotations

import ast
import hashlib
import inspect
import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from lakehouse_assets.declare.checks import Check, require_checks
from lakehouse_assets.declare.shape import check_write, shaped
from lakehouse_assets.declare.write import History, Merge, Replace, Write
from lakehouse_assets.errors import DeclarationError
from lakehouse_assets.ingest.rejects import BRONZE_RULES
from lakehouse_assets.policies.backfill import DEFAULT as DEFAULT_BACKFILL
from lakehouse_assets.policies.backfill import Backfill
from lakehouse_assets.policies.freshness import SHORTEST, Freshness, default_freshness
from lakehouse_assets.policies.maintenance import Maintenance
from lakehouse_assets.publish.column_names import unfit_names
from lakehouse_assets.publish.compile import compile_contract, contract_schema
from lakehouse_assets.wording import some_of

if TYPE_CHECKING:
    from pyspark.sql import DataFrame
    from pyspark.sql.types import StructType

    from lakehouse_assets.declare.contract import Contract
    from lakehouse_assets.declare.partitions import Calendar
    from lakehouse_assets.ingest.ledger import Gone
    from lakehouse_assets.ingest.load import Unreadable
    from lakehouse_assets.ingest.sources import Source
    from lakehouse_assets.policies.retention import TableClass
    from lakehouse_assets.publish.rules import RuleSet
    from lakehouse_assets.publish.schema_policy import Policy

Layer = Literal["bronze", "silver", "gold"]
LAYERS: tuple[Layer, ...] = ("bronze", "silver", "gold")


@dataclass(frozen=True)
class Tolerance:
    """How many rejected rows a publication bears before it is refused; either bound refuses."""

    share: float = 0.05
    rows: int | None = None


@dataclass(frozen=True, eq=False)
class Table:
    """One table of the lake. Calling it gives the rows it would publish, so tests need nothing else.

    A bronze table has a `source` and no function: it is what was delivered. Its files that are `gone` from the
    landing zone are kept or withdrawn, and a file that is `unreadable` refuses the load or is quarantined.
    Where stored columns differ from the contract's, `schema_policy` says what may change. `version` counts the times
    that what it promises its readers was broken. `retention` is the class by which a store keeps the table's superseded
    files.
    """

    layer: Layer
    name: str
    contract: type[Contract]
    description: str
    calendar: Calendar | None = None
    owners: tuple[str, ...] = ()
    tolerance: Tolerance = field(default_factory=Tolerance)
    write: Write = field(default_factory=Replace)
    function: Callable[..., DataFrame] | None = None
    source: Source | None = None
    gone: Gone = "kept"
    unreadable: Unreadable = "refused"
    schema_policy: Policy = "strict"
    checks: tuple[Check, ...] = ()
    declared_freshness: Freshness | None = None
    backfill: Backfill = DEFAULT_BACKFILL
    maintenance: Maintenance = field(default_factory=Maintenance)
    version: int = 1
    retention: TableClass = "standard"
    module: str = ""

    def __call__(self, *frames: DataFrame, **named: DataFrame) -> DataFrame:
        """Apply the table's function to frames, and its write mode to the rows."""
        if self.function is None:
            raise DeclarationError(
                f"{self.id} is loaded from deliveries and computes nothing",
                where=self.module,
                remedy="call a table of silver or gold; a bronze one is only loaded",
            )
        return shaped(self, self.function(*frames, **named))

    @property
    def id(self) -> str:
        """`<layer>/<table>`, also the asset key and the place under the lake's root."""
        return f"{self.layer}/{self.name}"

    @property
    def parameter(self) -> str:
        """`<layer>_<table>`: what a function's parameter is called to receive this table."""
        return f"{self.layer}_{self.name}"

    @cached_property
    def rules(self) -> RuleSet:
        """The contract's rules; of a bronze table, that its files and their records can be read."""
        return BRONZE_RULES if self.source else compile_contract(self.contract)

    @cached_property
    def schema(self) -> StructType:
        """The contract's columns, without provenance."""
        return contract_schema(self.contract)

    @cached_property
    def key(self) -> tuple[str, ...]:
        """What a row is about: the key of the write mode, by default the contract's `unique`; empty without."""
        unique = next((rule.columns for rule in self.rules.of_kind("unique")), ())
        if isinstance(self.write, History):
            return self.write.by or tuple(name for name in unique if name != self.write.valid_from)
        return (self.write.by if isinstance(self.write, Merge) else ()) or unique

    @cached_property
    def arguments(self) -> tuple[str, ...]:
        """The tables that the function receives, by parameter name."""
        return tuple(inspect.signature(self.function).parameters) if self.function else ()

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        """The tables this one is made from: the function's parameters, then those its rules refer to."""
        referred = [r.reference.table for r in self.rules.of_kind("reference") if r.reference]
        return tuple(dict.fromkeys([*self.arguments, *referred]))

    @property
    def freshness(self) -> Freshness:
        """When the table is late: as it says, or by default."""
        grows = self.calendar.step if self.calendar and self.calendar.end is None else None
        return self.declared_freshness or default_freshness(self.layer, grows)

    @cached_property
    def code_version(self) -> str:
        """A short hash of the function, the write mode, the rules and the columns: it changes when the rows could.

        Checks and policies have no part in it: they say whether rows are published and how they are kept, and never
        which rows these are.
        """
        source = _written(self.function) if self.function else repr(self.source)
        optional = self.source.optional if self.source else ()
        parts = [source, *optional, repr(self.write), self.rules.fingerprint, self.schema.json()]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _written(function: Callable[..., DataFrame]) -> str:
    """A function as it is written, from its `def` on: what its decorator says of the table is not in it."""
    lines, _ = inspect.getsourcelines(function)
    (definition,) = ast.parse(textwrap.dedent("".join(lines))).body
    return "".join(lines[definition.lineno - 1 :])


_PARAMETER = re.compile(rf"^({'|'.join(LAYERS)})_[a-z0-9_]+$")


def check_declaration(table: Table) -> Table:
    """Return the table, or raise DeclarationError for what could not be kept once it runs."""
    if table.source and compile_contract(table.contract).rules:
        named = ", ".join(rule.id for rule in compile_contract(table.contract).rules[:5])
        raise DeclarationError(
            f"a bronze table keeps what was delivered, whatever it is, but its contract has rules: {named}",
            where=f"{table.module}: {table.id}",
            remedy="declare its columns with Field(nullable=True) and no checks; rules belong to silver",
        )
    _check_optional(table)
    for name in table.inputs:
        if not _PARAMETER.match(name):
            raise DeclarationError(
                f"{name!r} names no table",
                where=f"{table.module}: {table.id}",
                remedy="call a parameter <layer>_<table>, for example bronze_transactions",
            )
    columns = [f.name for f in table.schema.fields]
    bad = [c for c in columns if not re.fullmatch(r"[^\W\d_]\w*", c)]
    if bad:
        raise DeclarationError(
            f"column names {bad} are reserved or cannot be read by every Delta reader",
            where=f"{table.module}: {table.id}",
            remedy="use letters, digits and underscores, starting with a letter",
        )
    unfit = unfit_names(table.schema, *([table.calendar.column] if table.calendar else []))
    if unfit:
        raise DeclarationError(
            f"columns cannot be called so: {some_of(unfit, between='; ')}",
            where=f"{table.module}: {table.id}",
            remedy="use letters, digits and underscores, and give each column a name that differs by more than case",
        )
    if table.calendar and table.source is None and table.calendar.column not in columns:
        raise DeclarationError(
            f"the contract lacks the partition column {table.calendar.column!r}",
            where=f"{table.module}: {table.id}",
            remedy=f"add it, or choose another calendar than {table.calendar}",
        )
    within = table.freshness.within
    if within is not None and (within < SHORTEST or (table.freshness.warn_after or SHORTEST) > within):
        raise DeclarationError(
            f"{table.freshness} can never be kept",
            where=f"{table.module}: {table.id}",
            remedy=f"ask for within= of {SHORTEST} or more, and for warn_after= of no more than that",
        )
    upkept = {*table.maintenance.cluster_by, *(table.maintenance.statistics or ())}
    unknown = sorted(upkept - (set(columns) - {table.calendar.column if table.calendar else ""}))
    if unknown:
        raise DeclarationError(
            f"maintenance names {unknown}, which are no columns within a partition",
            where=f"{table.module}: {table.id}",
            remedy="cluster by, and keep statistics of, columns of the contract other than the partition's",
        )
    check_write(table)
    require_checks(table)
    return table


def _check_optional(table: Table) -> None:
    """What files may lack is some of the contract's columns, and not all: such a file would be one of another kind."""
    optional, columns = set(table.source.optional if table.source else ()), {f.name for f in table.schema.fields}
    if unknown := sorted(optional - columns):
        raise DeclarationError(
            f"files may lack {unknown}, which are no columns of the contract",
            where=f"{table.module}: {table.id}",
            remedy="name columns of the contract in optional=",
        )
    if optional and not columns - optional:
        raise DeclarationError(
            "files may lack every column, so that those of anything else would be rows of NULL",
            where=f"{table.module}: {table.id}",
            remedy="leave at least one column out of optional=",
        )
