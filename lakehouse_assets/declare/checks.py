"""Checks of a partition as a whole, which no single row can break: declared beside a table's contract."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from lakehouse_assets.errors import DeclarationError
from lakehouse_assets.ingest.drift import AGREED
from lakehouse_assets.publish.publication import STORED
from lakehouse_assets.publish.totals import is_exact, is_text

if TYPE_CHECKING:
    from pyspark.sql import Column

    from lakehouse_assets.declare.table import Table


@dataclass(frozen=True)
class Reconciles:
    """A column sums to that of the table that the partition was made from. Declared by `reconciles`."""

    column: str
    with_table: str
    with_column: str
    within: Decimal = Decimal(0)
    warn: bool = False

    @property
    def name(self) -> str:
        """What its asset check is called."""
        return f"reconciles__{self.column}__{self.with_table}"

    @property
    def demand(self) -> str:
        """What it asks for, as a sentence."""
        how = f"to within {self.within}" if self.within else "exactly"
        return f"{self.column}, quarantined rows included, sums to {self.with_table}.{self.with_column}, {how}"


@dataclass(frozen=True)
class Volume:
    """A partition has about as many rows as earlier ones. Declared by `volume`."""

    of_last: int = 28
    low: float = 0.5
    high: float = 2.0
    warn: bool = True
    name: ClassVar[str] = "volume"

    @property
    def demand(self) -> str:
        """What it asks for, as a sentence."""
        return f"accepted rows are {self.low:g} to {self.high:g} times the median of {self.of_last} earlier partitions"


@dataclass(frozen=True)
class Holds:
    """An aggregate is true of a partition's accepted rows. Declared by `holds`."""

    name: str
    expression: Callable[[], Column] = field(compare=False, repr=False)
    warn: bool = False

    @property
    def demand(self) -> str:
        """What it asks for and why: the docstring of its function."""
        return inspect.getdoc(self.expression) or self.name


@dataclass(frozen=True)
class Delivered:
    """Every partition of a bronze table has a delivery with a row; every partitioned bronze table has it."""

    name: ClassVar[str] = "every_partition_delivered"
    warn: ClassVar[bool] = True
    demand: ClassVar[str] = "a delivery lies in the landing zone for the partition; a day without may be a holiday"


@dataclass(frozen=True)
class ColumnsAsAgreed:
    """Delivered files have the contract's columns in its order and no others; every bronze table has it."""

    name: ClassVar[str] = AGREED
    warn: ClassVar[bool] = True
    demand: ClassVar[str] = "delivered files have the contract's columns in their order, and no others"


@dataclass(frozen=True)
class ColumnsAsStored:
    """The stored table has the contract's columns, or its policy lets it get them; every table has it."""

    name: ClassVar[str] = STORED
    warn: ClassVar[bool] = False
    demand: ClassVar[str] = "the stored columns are the contract's, or may become them by the table's schema policy"


Check = Reconciles | Volume | Holds | Delivered | ColumnsAsAgreed | ColumnsAsStored


def reconciles(
    column: str, with_table: str, with_column: str | None = None, within: Decimal = Decimal(0), warn: bool = False
) -> Reconciles:
    """Each partition's sum of `column`, quarantined rows included, is that of the rows it was made from.

    `with_table` is a parameter of the table's function, `with_column` a column of it, by default of the same
    name. Numbers are summed as exact decimals; text that is no number is counted, and must be as much on both
    sides. Where the other table has this one's partition column, partitions are compared one by one, else
    the totals of the run. A difference greater than `within` refuses the publication, or `warn`s.
    """
    return Reconciles(column, with_table, with_column or column, within, warn)


def volume(of_last: int = 28, low: float = 0.5, high: float = 2.0, warn: bool = True) -> Volume:
    """The accepted rows of a partition are `low` to `high` times the median of up to `of_last` earlier ones.

    Earlier partitions of the same run count as if they had been published before it; those without rows do
    not count. With fewer than 3 to compare with it passes and says so.
    """
    return Volume(of_last, low, high, warn)


def holds(name: str, expression: Callable[[], Column], warn: bool = False) -> Holds:
    """A boolean Column of aggregates is true of the accepted rows of each partition; its docstring says why.

    One that is NULL does not pass. A partition without accepted rows passes, and says so: whether rows came
    at all is for `volume` to say.
    """
    return Holds(name, expression, warn)


def require_checks(table: Table) -> None:
    """Raise DeclarationError for checks that this table could never keep."""
    taken = {rule.id for rule in table.rules.rules}
    for check in table.checks:
        problem = _problem(check, table)
        if problem is None and check.name in taken:
            problem = ("a rule or another check has this name", "give it another name, or declare it once")
        if problem is not None:
            said, remedy = problem
            raise DeclarationError(f"check {check.name!r}: {said}", where=f"{table.module}: {table.id}", remedy=remedy)
        taken.add(check.name)


def require_comparable(table: Table, find: Callable[[str], Table]) -> None:
    """Raise DeclarationError for a check that the columns of another table cannot bear."""
    for check in table.checks:
        if not isinstance(check, Reconciles):
            continue
        other = find(check.with_table)
        types = {f.name: f.dataType for f in other.schema.fields}
        kind, where = types.get(check.with_column), f"{table.module}: {table.id}"
        if kind is None:
            raise DeclarationError(
                f"check {check.name!r}: {check.with_table} has no column {check.with_column!r}",
                where=where,
                remedy=f"name one with with_column=: {', '.join(types)}",
            )
        if not (is_exact(kind) or is_text(kind)):
            raise DeclarationError(
                f"check {check.name!r}: {check.with_table}.{check.with_column} is {kind.simpleString()}",
                where=where,
                remedy="compare with a decimal, whole or text column: only these have a sum that is exact",
            )
        ours, theirs = table.calendar, other.calendar
        if ours and theirs and ours != theirs and ours.column not in types:
            raise DeclarationError(
                f"check {check.name!r}: the partitions of {check.with_table} are others, and it does not say "
                f"which of its rows are of which {ours.column}",
                where=where,
                remedy="give that table this one's partition column, or compare another pair of tables",
            )


def _problem(check: Check, table: Table) -> tuple[str, str] | None:
    """What is wrong with a check of this table, and the remedy."""
    if isinstance(check, Reconciles):
        return _problem_of_sum(check, table)
    if isinstance(check, Volume):
        if table.calendar is None:
            return "the table has no partitions to compare", "leave it out, or declare partitions="
        if check.of_last < 3 or not 0 <= check.low < check.high:
            return f"{check} can never be kept", "ask for of_last of 3 or more, and 0 <= low < high"
    if isinstance(check, Holds):
        if table.source:
            return "bronze keeps what was delivered, whatever it is", "declare it on the silver table made from it"
        if not re.fullmatch(r"[a-z][a-z0-9_]*", check.name):
            return "that is no name", "use small letters, digits and underscores"
        if not inspect.getdoc(check.expression):
            return "its function does not say why", "give the function a docstring"
    return None


def _problem_of_sum(check: Reconciles, table: Table) -> tuple[str, str] | None:
    kinds = {f.name: f.dataType for f in table.schema.fields}
    if check.with_table not in table.arguments:
        return f"the table is not made from {check.with_table!r}", f"name one of {list(table.arguments)}"
    if check.column not in kinds:
        return f"the contract has no column {check.column!r}", f"name one of {list(kinds)}"
    if not is_exact(kinds[check.column]):
        said = f"{check.column} is {kinds[check.column].simpleString()}, whose sum is not exact"
        return said, "compare a column of decimals with up to 10 places, or of whole numbers"
    if isinstance(check.within, float) or check.within < 0:
        return f"within={check.within!r} is no exact bound", 'write it as Decimal("0.01")'
    return None
