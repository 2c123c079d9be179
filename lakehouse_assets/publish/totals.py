"""Exact sums and aggregate rules over partitions, of what is staged and of what it was made from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Context, Decimal, localcontext
from typing import TYPE_CHECKING, Any

from lakehouse_assets.errors import ContractError
from lakehouse_assets.publish.casts import cast
from lakehouse_assets.publish.verdict import RAW, REJECTED, SLOT, WHOLE

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, Row, SparkSession
    from pyspark.sql.types import DataType, DecimalType

    from lakehouse_assets.publish.target import Target

SCALE = 10
SUMMED = f"decimal(38,{SCALE})"  # wide enough that neither a value nor a year of them is rounded
WHOLE_NUMBERS = {"tinyint", "smallint", "int", "bigint"}


def summed() -> DecimalType:
    """The type in which sums are made."""
    from pyspark.sql.types import DecimalType

    return DecimalType(38, SCALE)


def is_exact(kind: DataType) -> bool:
    """Whether numbers of a type can be summed without rounding."""
    from pyspark.sql.types import DecimalType

    if isinstance(kind, DecimalType):
        return kind.scale <= SCALE and kind.precision - kind.scale <= 38 - SCALE
    return kind.simpleString() in WHOLE_NUMBERS


def is_text(kind: DataType) -> bool:
    """Whether a type is text, from which numbers must be read first."""
    return kind.simpleString() == "string"


@dataclass(frozen=True)
class Total:
    """An exact sum. `sum` is None where it is too large; `unreadable` values, such as `example`, are no numbers."""

    sum: Decimal | None = Decimal(0)
    unreadable: int = 0
    example: str | None = None

    def __add__(self, other: Total) -> Total:
        """The total of both."""
        with localcontext(Context(prec=80)):
            both = None if self.sum is None or other.sum is None else self.sum + other.sum
        return Total(both, self.unreadable + other.unreadable, self.example or other.example)


@dataclass
class SlotTotals:
    """What is staged for one partition: totals by column, and aggregate rules of its accepted rows by name."""

    accepted: Mapping[str, Total] = field(default_factory=dict)
    rejected: Mapping[str, Total] = field(default_factory=dict)
    tests: Mapping[str, bool | None] | None = None  # None where no row was accepted


@dataclass(frozen=True)
class Wanted:
    """What to know of the rows of each partition: sums of columns, and outcomes of aggregate tests by name."""

    columns: tuple[str, ...] = ()
    tests: Mapping[str, Column] = field(default_factory=dict)


def staged_totals(session: SparkSession, staged_at: str, target: Target, wanted: Wanted) -> dict[str, SlotTotals]:
    """What is wanted of each partition that has rows, by one query over the files staged below a URL.

    Of rejected rows the value is taken as it came, so that nothing is missing because it did not cast.
    Raises ContractError for a test that is not boolean.
    """
    from pyspark.sql import functions as F

    chosen, tests = tuple(dict.fromkeys(wanted.columns)), wanted.tests
    totals: dict[str, SlotTotals] = {}
    if not chosen and not tests:
        return totals
    by, cast = target.column or WHOLE, {rule.columns[0] for rule in target.rules.of_kind("cast")}
    staged = session.read.parquet(staged_at)
    marked = staged.withColumns({"_at": F.col(by), "_rejected": F.col(by).cast("string") == REJECTED})
    if target.column:  # not every engine finds the type in the names of folders
        marked = marked.withColumn(by, F.col(by).try_cast(target.schema[target.column].dataType))
    sums = [part for i, name in enumerate(chosen) for part in _staged_sum(i, name, was_cast=name in cast)]
    asked = [test.alias(f"_test_{i}") for i, test in enumerate(tests.values())]
    # Where an aggregate over distinct values is the only one besides sums, the embedded engine rewrites the query
    # into one whose sums have other types than they were compared as; a plain count keeps it from that.
    found = marked.groupBy("_at", SLOT).agg(F.count(F.lit(1)).alias("_n"), *sums, *asked)
    for i, name in enumerate(tests):
        kind = found.schema[f"_test_{i}"].dataType.simpleString()
        if kind != "boolean":
            raise ContractError(
                f"check {name!r} is {kind}, not boolean", where=target.id, remedy="compare its aggregates: sum > 0"
            )
    for row in found.collect():
        at = str(row["_at"])
        slot = totals.setdefault((row[SLOT] if at == REJECTED else at) if target.column else "", SlotTotals())
        read = {name: _total(row, i) for i, name in enumerate(chosen)}
        if at == REJECTED:
            slot.rejected = read
        else:
            slot.accepted, slot.tests = read, {name: row[f"_test_{i}"] for i, name in enumerate(tests)}
    return totals


def frame_totals(frame: DataFrame, columns: Iterable[str], by: str | None) -> dict[str, dict[str, Total]]:
    """Sums of columns, numbers or text, for each value of `by` as text; under "" for none. One query."""
    from pyspark.sql import functions as F

    chosen = tuple(dict.fromkeys(columns))
    sums = []
    for i, name in enumerate(chosen):
        plain, kind = F.col(name), frame.schema[name].dataType
        sums += _sums(i, cast(plain, kind, summed()), plain if is_text(kind) else None)
    # Grouped as it is, and text afterwards: the text of each row's day would take longer than its sums.
    found = frame.groupBy((F.col(by) if by else F.lit("")).alias("_at")).agg(*sums)
    rows = found.withColumn("_at", F.col("_at").cast("string")).collect()
    return {row["_at"]: {name: _total(row, i) for i, name in enumerate(chosen)} for row in rows}


def _staged_sum(i: int, name: str, *, was_cast: bool) -> list[Column]:
    from pyspark.sql import functions as F

    typed = F.col(name).try_cast(SUMMED)
    if not was_cast:
        return _sums(i, typed, None)
    from pyspark.sql.types import StringType

    came = F.when(F.col("_rejected"), F.get_json_object(RAW, f"$.{name}"))
    # A number that came as one may be written with an exponent, which not every engine reads.
    return _sums(i, F.coalesce(cast(came, StringType(), summed()), typed), came)


def _sums(i: int, number: Column, text: Column | None) -> list[Column]:
    """The sum, how many were summed, how many were no numbers, and one of these."""
    from pyspark.sql import functions as F

    bad = F.lit(None).cast("string") if text is None else F.when(number.isNull(), text)
    # Not F.sum: beyond its type the embedded engine goes on counting from the other end.
    named = {"sum": F.try_sum(number), "rows": F.count(number), "bad": F.count(bad), "example": F.min(bad)}
    return [value.alias(f"_{what}_{i}") for what, value in named.items()]


def _total(row: Row | Mapping[str, Any], i: int) -> Total:
    summed = row[f"_sum_{i}"] if row[f"_rows_{i}"] else Decimal(0)
    return Total(summed, row[f"_bad_{i}"], row[f"_example_{i}"])
