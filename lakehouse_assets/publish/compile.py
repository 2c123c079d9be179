"""From a contract (a pandera model) to rules, once, without a frame and without an engine."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from lakehouse_assets.errors import DeclarationError
from lakehouse_assets.publish.determinism import body_of, parts_of
from lakehouse_assets.publish.patterns import everywhere
from lakehouse_assets.publish.rules import REFERENCE, Reference, Rule, RuleSet

if TYPE_CHECKING:
    from pandera.pyspark import DataFrameModel
    from pyspark.sql import Column
    from pyspark.sql.types import StructType

Test = Callable[..., "Column"]


def _in_range(c: Column, low: Any, high: Any, include_min: bool, include_max: bool) -> Column:
    above = c >= low if include_min else c > low
    return above & (c <= high if include_max else c < high)


def _length(c: Column, low: int | None, high: int | None, exact: int | None) -> Column:
    from pyspark.sql import functions as F

    if exact is not None:
        return F.length(c) == exact
    tests = ([F.length(c) >= low] if low is not None else []) + ([F.length(c) <= high] if high is not None else [])
    return tests[0] & tests[1] if len(tests) == 2 else tests[0]


# pandera's built-in checks: a short name for rule ids, and the test that a row passes.
BUILT_IN: dict[str, tuple[str, Test]] = {
    "equal_to": ("eq", lambda c, value: c == value),
    "not_equal_to": ("ne", lambda c, value: c != value),
    "greater_than": ("gt", lambda c, min_value: c > min_value),
    "greater_than_or_equal_to": ("ge", lambda c, min_value: c >= min_value),
    "less_than": ("lt", lambda c, max_value: c < max_value),
    "less_than_or_equal_to": ("le", lambda c, max_value: c <= max_value),
    "in_range": (
        "in_range",
        lambda c, min_value, max_value, include_min=True, include_max=True: _in_range(
            c, min_value, max_value, include_min, include_max
        ),
    ),
    "isin": ("isin", lambda c, allowed_values: c.isin(list(allowed_values))),
    "notin": ("notin", lambda c, forbidden_values: ~c.isin(list(forbidden_values))),
    "str_matches": ("matches", lambda c, pattern: c.rlike(f"^(?:{pattern})")),
    "str_contains": ("contains", lambda c, pattern: c.rlike(pattern)),
    "str_startswith": ("starts_with", lambda c, string: c.startswith(string)),
    "str_endswith": ("ends_with", lambda c, string: c.endswith(string)),
    "str_length": (
        "length",
        lambda c, min_value=None, max_value=None, exact_value=None: _length(c, min_value, max_value, exact_value),
    ),
}


@cache
def compile_contract(contract: type[DataFrameModel]) -> RuleSet:
    """Every rule of a contract, in the order of its columns, then its row rules, then its key.

    Raises DeclarationError for a check that has no expression, so that no rule is ever skipped in silence,
    for a key of columns that are not there, and for a rule that could say something else of the same row.
    """
    schema = contract.to_schema()
    rules: list[Rule] = []
    for name, column in schema.columns.items():
        rules += _column_rules(contract, name, column, coerce=bool(column.coerce or schema.coerce))
    rules += [_row_rule(contract, check) for check in schema.checks]
    key = [schema.unique] if isinstance(schema.unique, str) else list(schema.unique or [])
    for name in key:
        if name not in schema.columns:
            raise DeclarationError(
                f"unique names {name!r}, which is no column of the contract",
                where=contract.__name__,
                remedy=f"its columns are {', '.join(schema.columns)}",
            )
    if key:
        rules.append(Rule(f"unique__{'__'.join(key)}", "unique", tuple(key), f"unique: {', '.join(key)}"))
    return RuleSet(tuple(rules))


@cache
def contract_schema(contract: type[DataFrameModel]) -> StructType:
    """The columns of a contract as a Spark schema, descriptions as comments; all nullable as stored.

    Rules, not the storage format, refuse NULL: a NOT NULL column could never be relaxed without a rewrite.
    """
    from pyspark.sql.types import StructField, StructType

    return StructType(
        [
            StructField(name, column.dtype.type, True, {"comment": column.description} if column.description else {})
            for name, column in contract.to_schema().columns.items()
        ]
    )


def _column_rules(contract: type, name: str, column: Any, *, coerce: bool) -> Iterator[Rule]:
    from pyspark.sql import functions as F

    kind = column.dtype.type.simpleString()
    if coerce and kind != "string":
        yield Rule(f"{name}__castable", "cast", (name,), f"can be read as {kind}")
    if not column.nullable:
        yield Rule(f"{name}__not_null", "row", (name,), "is not NULL", failed=lambda: F.col(name).isNull())
    for check in column.checks or []:
        if check.name not in BUILT_IN:
            raise DeclarationError(
                f"check {check.name!r} of column {name!r} cannot be compiled",
                where=contract.__name__,
                remedy="write it as a function under @rule() that returns a Column",
            )
        short, test = BUILT_IN[check.name]
        told = dict(check.statistics)
        if "pattern" in told:
            told["pattern"] = everywhere(told["pattern"], f"{contract.__name__}, column {name!r}")
        yield Rule(
            f"{name}__{short}",
            "row",
            (name,),
            f"{short} {_readable(check.statistics)}",
            warn=bool(check.raise_warning),
            failed=_fails(partial(_passes, test, name, told), check.ignore_na),
        )
    reference: Reference | None = (column.metadata or {}).get(REFERENCE)
    if reference:
        demand = f"exists in {reference.table}.{reference.column}"
        rule_id = f"{name}__in_{reference.table}"
        yield Rule(rule_id, "reference", (name,), demand, warn=reference.warn, reference=reference)


def _row_rule(contract: type, check: Any) -> Rule:
    expression = (check.statistics or {}).get("expression")
    if expression is None:
        raise DeclarationError(
            f"check {check.name!r} cannot be compiled",
            where=contract.__name__,
            remedy="write it as a function under @rule() that returns a Column",
        )
    where = f"{contract.__name__}, rule {check.name!r}"
    parts = parts_of(expression, where)
    body = body_of(expression, where)
    demand = f"{inspect.cleandoc(check.description or check.name)} [{body}]"
    return Rule(
        check.name,
        "row",
        (),
        demand,
        warn=bool(check.raise_warning),
        failed=_fails(expression, ignore_null=True),
        source="\n".join((body, *parts)),
    )


def _passes(test: Test, column: str, statistics: dict[str, Any]) -> Column:
    from pyspark.sql import functions as F

    return test(F.col(column), **statistics)


def _fails(passes: Callable[[], Column], ignore_null: bool) -> Callable[[], Column]:
    from pyspark.sql import functions as F

    return lambda: ~F.coalesce(passes(), F.lit(ignore_null))


def _readable(statistics: dict[str, Any]) -> str:
    given = {key: value for key, value in statistics.items() if value is not None}
    # The order of listed values means nothing.
    return ", ".join(str(sorted(v) if isinstance(v, set | frozenset | list | tuple) else v) for v in given.values())
