"""A frame with its verdict: every rule of a contract as one bit of a flag column, in one lazy plan."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from lakehouse_assets.errors import ContractError
from lakehouse_assets.publish import casts

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame
    from pyspark.sql.types import DataType, StructField, StructType

    from lakehouse_assets.publish.rules import Rule, RuleSet

# Columns that staged files carry beside the table's own. Readers of the table never see them: Delta reads
# only the columns of its schema. They are empty in all but flagged rows, so they cost next to nothing.
RAW = "_raw"  # of a rejected row: the row as it came, as JSON
SLOT = "_slot"  # of a rejected row: the partition it would have gone to
REASON = "_reason"  # of a delivered line or file that could not be read: why
FLAGS = "_failed_"  # bit i of the n-th is set where the row broke rule 63 n + i; NULL where it broke none
BITS = 63  # usable bits of a long

# The staged partition of the rejected rows; no partition key is called that. A day, so that a partition column of
# days need not be made text for each row.
REJECTED = "1234-05-06"
NOWHERE = "__HIVE_DEFAULT_PARTITION__"  # what engines call the folder of rows whose partition is NULL
WHOLE = "lakehouse_staged"  # staged partition column of a table without partitions


def conform(frame: DataFrame, schema: StructType, rules: RuleSet, carried: tuple[str, ...]) -> DataFrame:
    """The contract's columns in its order and types, then the `carried` ones the frame has, then `_raw`.

    Columns whose rule says so are cast, and values that do not cast become NULL and are told apart by
    `_raw_<column>`. Raises ContractError for a column that is missing, unknown or of another type.
    """
    from pyspark.sql import functions as F

    given = {f.name: f.dataType for f in frame.schema.fields}
    wanted = {f.name: f.dataType for f in schema.fields}
    cast = {rule.columns[0] for rule in rules.of_kind("cast")}
    problems = [f"column {n!r} is missing" for n in wanted if n not in given]
    problems += [f"column {n!r} is not in the contract" for n in given if n not in wanted and n not in carried]
    problems += [
        f"column {n!r} is {given[n].simpleString()}, the contract says {t.simpleString()}"
        for n, t in wanted.items()
        if n in given and n not in cast and given[n].simpleString() != t.simpleString()
    ]
    problems += [
        f"column {n!r} is {given[n].simpleString()}, of which engines do not agree how to cast it to {t.simpleString()}"
        for n, t in wanted.items()
        if n in given and n in cast and not casts.agreed(given[n], t)
    ]
    if problems:
        raise ContractError(
            "; ".join(problems),
            remedy="select, rename or cast these columns in the table's function, or change its contract",
        )
    typed = [casts.cast(F.col(n), given[n], t).alias(n) if n in cast else F.col(n) for n, t in wanted.items()]
    untyped = [F.col(n).alias(f"_raw_{n}") for n in sorted(cast)]
    return frame.select(*typed, *(c for c in carried if c in given), *untyped)


def flags(rules: RuleSet) -> list[str]:
    """The names of the flag columns that these rules need."""
    return [f"{FLAGS}{n}" for n in range(math.ceil(len(rules.rules) / BITS))]


def broken(rules: RuleSet, bits: Sequence[int]) -> list[Rule]:
    """The rules whose bit is set, given the values of the flag columns."""
    return [rule for i, rule in enumerate(rules.rules) if bits[i // BITS] >> (i % BITS) & 1]


def is_broken(rules: RuleSet, rule: Rule) -> Column:
    """True for a staged row that broke this rule."""
    from pyspark.sql import functions as F

    i = rules.rules.index(rule)
    return F.col(f"{FLAGS}{i // BITS}").bitwiseAND(F.lit(1 << (i % BITS))) != 0


def add_verdict(
    frame: DataFrame, rules: RuleSet, references: Mapping[str, DataFrame], duplicates: DataFrame | None = None
) -> DataFrame:
    """Add the flag columns and `_rejected` to a conformed frame.

    `references` maps a referred table to a frame of it; `duplicates` holds the keys known to occur twice.
    """
    from pyspark.sql import Column
    from pyspark.sql import functions as F

    tests: list[Column] = []
    for rule in rules.rules:
        if rule.kind == "cast":
            name = rule.columns[0]
            tests.append(F.col(name).isNull() & F.col(f"_raw_{name}").isNotNull())
        elif rule.kind == "reference":
            frame, test = _unknown(frame, rule, references)
            tests.append(test)
        elif rule.kind == "unique":
            frame, test = _duplicated(frame, rule, duplicates)
            tests.append(test)
        elif rule.failed is not None:
            tests.append(rule.failed())
    # Booleans are packed and cheap; the bits are only made for the few rows where any test is true.
    flagged = {}
    for n, name in enumerate(flags(rules)):
        mine = tests[n * BITS : (n + 1) * BITS]
        bits = [F.when(test, F.lit(1 << i)).otherwise(F.lit(0)).cast("long") for i, test in enumerate(mine)]
        flagged[name] = F.when(_tree(or_, mine), _tree(Column.bitwiseOR, bits))
    errors = [test for test, rule in zip(tests, rules.rules, strict=True) if not rule.warn]
    rejected = _tree(or_, errors) if errors else F.lit(False)
    return frame.select("*", *(value.alias(name) for name, value in flagged.items()), rejected.alias("_rejected"))


def _tree(join: Callable[[Column, Column], Column], columns: Sequence[Column]) -> Column:
    """Columns joined as a balanced tree: a chain of 50 is nested too deeply to be sent to an engine."""
    if len(columns) == 1:
        return columns[0]
    half = len(columns) // 2
    return join(_tree(join, columns[:half]), _tree(join, columns[half:]))


def as_it_came(schema: StructType, rules: RuleSet) -> Column:
    """The row before any cast, as JSON that can be read back without loss."""
    from pyspark.sql import functions as F

    cast = {rule.columns[0] for rule in rules.of_kind("cast")}

    def value(field: StructField) -> Column:
        if field.name in cast:
            return F.col(f"_raw_{field.name}")
        return F.col(field.name).cast("string") if is_kept_as_text(field.dataType) else F.col(field.name)

    return F.to_json(F.struct(*(value(f).alias(f.name) for f in schema.fields)))


def is_kept_as_text(kind: DataType) -> bool:
    """Whether JSON could not hold every value of this type: it has no decimals, and cuts times to milliseconds."""
    from pyspark.sql import types as T

    return isinstance(kind, T.DecimalType | T.TimestampType | T.TimestampNTZType | T.FractionalType)


def _unknown(frame: DataFrame, rule: Rule, references: Mapping[str, DataFrame]) -> tuple[DataFrame, Column]:
    from pyspark.sql import functions as F

    if rule.reference is None:
        raise ContractError(f"rule {rule.id} refers to no table")
    key, mark = f"_key_{rule.id}", f"_known_{rule.id}"
    known = references[rule.reference.table].select(F.col(rule.reference.column).alias(key)).distinct()
    joined = frame.join(known.withColumn(mark, F.lit(True)), F.col(rule.columns[0]) == F.col(key), "left").drop(key)
    return joined, F.col(rule.columns[0]).isNotNull() & F.col(mark).isNull()


def _duplicated(frame: DataFrame, rule: Rule, duplicates: DataFrame | None) -> tuple[DataFrame, Column]:
    from pyspark.sql import functions as F

    if duplicates is None:
        return frame, F.lit(False)
    keys = duplicates.select(*(F.col(c).alias(f"_dup_{c}") for c in rule.columns), F.lit(True).alias("_dup"))
    # NULL equals NULL here: two rows whose key is NULL in the same column are duplicates too.
    same = reduce(lambda a, b: a & b, [F.col(c).eqNullSafe(F.col(f"_dup_{c}")) for c in rule.columns])
    joined = frame.join(keys, same, "left").drop(*(f"_dup_{c}" for c in rule.columns))
    return joined, F.col("_dup").isNotNull()
