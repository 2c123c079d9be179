"""Which functions differ between engines, and what to write instead. Drives the tests and `docs/engines.md`.

Expressions are SQL, in the session's time zone, UTC; those of aggregates read the rows `T`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

T = "values (1, 'a', 1.0D), (2, 'b', cast('NaN' as double)), (2, null, -0.0D), (null, 'a', 0.0D) as t(k, s, d)"
SAME = tuple(Path(__file__).with_name("same.sql").read_text().splitlines())
ERROR = "error"


@dataclass(frozen=True)
class Differs:
    """An expression with two outcomes; `instead` says the same on every engine, or is a note where none does."""

    expression: str
    embedded: str
    cluster: str
    why: str
    instead: tuple[str, ...] = ()


def _text(expression: str, embedded: str, cluster: str) -> Differs:
    return Differs(expression, embedded, cluster, "Declare `Field(coerce=True)`: what only one engine reads is NULL.")


DIVIDE = "Cast the result to the type that the contract names."
DECIMALS = "Results of decimals have types of their own on each engine. " + DIVIDE
WRAPS = "The embedded engine counts on from the other end; a cluster fails."
DIFFER = (
    _text("try_cast('1e3' as decimal(12,2))", "None", "Decimal('1000.00')"),
    _text("try_cast('1d' as double)", "None", "1.0"),
    _text("try_cast(' 2017-01-02 ' as date)", "None", "datetime.date(2017, 1, 2)"),
    _text("try_cast('2017-01-02T03:04:05' as date)", "None", "datetime.date(2017, 1, 2)"),
    Differs(
        "cast(1e20D as string)", "'1e20'", "'1.0E20'", "Keep numbers as numbers.", ("cast(1e20D as decimal(38,0))",)
    ),
    Differs("cast(1.0E-5D as string)", "'0.00001'", "'1.0E-5'", "Keep numbers as numbers.", ("1.0E-5D",)),
    Differs(
        "cast(1.005D as decimal(10,2))",
        "Decimal('1.00')",
        "Decimal('1.01')",
        "A double between two decimals is rounded by its digits or by its value. Deliver money as text or decimal, or "
        "declare `Field(coerce=True)`.",
        ("cast('1.005' as decimal(10,2))",),
    ),
    Differs(
        "cast(10 as decimal(12,2)) / cast(3 as decimal(12,2))",
        "Decimal('3.333333')",
        "Decimal('3.333333333333333')",
        DECIMALS,
        ("cast(cast(10 as decimal(12,2)) / cast(3 as decimal(12,2)) as decimal(12,4))",),
    ),
    Differs(
        "cast(10 as decimal(38,10)) * cast(3 as decimal(38,10))",
        "Decimal('30.00000000000000000000')",
        "Decimal('30.000000')",
        DECIMALS,
        ("cast(cast(10 as decimal(38,10)) * cast(3 as decimal(38,10)) as decimal(38,6))",),
    ),
    Differs("typeof(1.5 * 2)", "'decimal(13,1)'", "'decimal(4,1)'", DIVIDE, ("cast(1.5 * 2 as decimal(12,2))",)),
    Differs("2147483647 + 1", "-2147483648", ERROR, WRAPS, ("try_add(2147483647, 1)", "2147483647L + 1")),
    Differs("9223372036854775807 + 1", "-9223372036854775808", ERROR, WRAPS, ("try_add(9223372036854775807, 1L)",)),
    Differs(
        "initcap('hello world-wide')",
        "'Hello World-Wide'",
        "'Hello World-wide'",
        "What ends a word is not agreed.",
        ("upper(left('hello', 1)) || substring('hello', 2)",),
    ),
    Differs(
        r"'a\n' rlike 'a$'",
        "False",
        "True",
        "`$` is the end, or also before an end of a line there, and `.` leaves out one kind of those or six. In a "
        "`Field(str_matches=)` they are the end, and all but a newline.",
        (r"'a\n' rlike 'a\\z'", r"'\r' rlike '^[^\n]\\z'"),
    ),
    Differs(
        "'É' rlike '(?i)é'",
        "True",
        "False",
        "Without case a letter is any, or only one of ASCII. In a `Field(str_matches=)` it is any.",
        ("'É' rlike '(?iu)é'",),
    ),
    Differs(
        r"'\u203fa' rlike '\\ba'",
        "False",
        "True",
        "Where a word ends is not agreed beyond ASCII, also in a `Field(str_matches=)`: list the characters around it.",
        (r"'\u203fa' rlike '(^|[^a-z])a'",),
    ),
    Differs(
        r"'é' rlike '^\\w$'",
        "True",
        "False",
        r"`\w`, `\d` and `\s` know all letters or only ASCII's: list the characters, or use `\p{L}`.",
        (r"'é' rlike '^\\p{L}$'", "'é' rlike '^[a-z]$'"),
    ),
    Differs(
        "weekday(date'2017-01-01')",
        "-1",
        "6",
        "",
        ("dayofweek(date'2017-01-01')", "pmod(dayofweek(date'2017-01-01') + 5, 7)"),
    ),
    Differs(
        "to_json(struct(cast(1.10 as decimal(12,2)) as a))",
        """'{"a":1.1}'""",
        """'{"a":1.10}'""",
        "Cast to text first, as the quarantine does.",
        ("to_json(struct(cast(cast(1.10 as decimal(12,2)) as string) as a))",),
    ),
    Differs(
        "to_json(struct(timestamp'2017-01-02 03:04:05.123456' as a))",
        """'{"a":"2017-01-02T03:04:05.123456Z"}'""",
        """'{"a":"2017-01-02T03:04:05.123Z"}'""",
        "A cluster cuts to milliseconds. Cast to text first.",
        ("to_json(struct(cast(timestamp'2017-01-02 03:04:05.123456' as string) as a))",),
    ),
    Differs(
        """get_json_object('{"a":1.50}', '$.a')""",
        "'1.50'",
        "'1.5'",
        "A cluster writes numbers anew; of text it keeps every character.",
        ("""get_json_object('{"a":"1.50"}', '$.a')""",),
    ),
    Differs(
        "array_contains(array(1, null), 2)",
        "False",
        "None",
        "",
        ("coalesce(array_contains(array(1, null), 2), false)",),
    ),
    Differs("isnan(cast(null as double))", "None", "False", "", ("coalesce(isnan(cast(null as double)), false)",)),
    Differs(
        "exp(1.0D)",
        "2.718281828459045",
        "2.7182818284590455",
        "The last digit is the library's.",
        ("round(exp(1.0D), 9)",),
    ),
    Differs("rint(2.5D)", "3.0", "2.0", "", ("round(2.5D)", "bround(2.5D)")),
    Differs(
        "typeof(date_trunc('month', date'2017-01-02'))",
        "'timestamp_ntz'",
        "'timestamp'",
        "Truncate dates with `trunc`.",
        ("trunc(date'2017-01-02', 'month')", "date_trunc('month', timestamp'2017-01-02 03:04:05')"),
    ),
    Differs(
        "typeof(datediff(date'2017-01-02', date'2017-01-01'))",
        "'bigint'",
        "'int'",
        DIVIDE,
        ("cast(datediff(date'2017-01-02', date'2017-01-01') as int)",),
    ),
    Differs("percentile_approx(k, 0.5) from t", "2.0", "2", DIVIDE, ("percentile(k, 0.5) from t",)),
    Differs("corr(k, d) from t", "None", "nan", "Leave NaN out first.", ("corr(k, nullif(d, double('NaN'))) from t",)),
)

# Of these an engine may give any order, another one tomorrow: no outcome is promised, only what to write instead.
UNORDERED = {
    "collect_list(s) from t": "sort_array(collect_list(s)) from t",
    "collect_set(s) from t": "sort_array(collect_set(s)) from t",
    "string_agg(s, ',') from t": "array_join(sort_array(collect_list(s)), ',') from t",
    "first(s) from t": "min_by(s, struct(k, s)) from t",
    "last(s) from t": "max_by(s, struct(k, s)) from t",
    "any_value(s) from t": "min(s) from t",
    "max_by(s, k) from t": "max_by(s, struct(k, s)) from t",
    "sum(d) from t": "cast(sum(cast(nanvl(d, 0D) as decimal(38,6))) as double) from t",
}
HELPERS = {"sum(d) from t": "`transforms.steady_sum`"}

INTRODUCTION = """# Engines

<!-- Written by `make docs` from lakehouse_assets_tests/engines/functions.py, where each line is also a test. -->

| `LAKEHOUSE_ENGINE` | computes | deliveries are read by | maintenance and history by |
|---|---|---|---|
| `embedded` | Sail, in the process, without a JVM | threads of the process | delta-rs |
| `spark` | the server at `SPARK_REMOTE`, [a cluster](cluster.md) | the cluster's workers | them; Delta's SQL |
| `databricks` | a job's own cluster, [over Pipes](databricks.md) | its workers, or its driver | delta-rs |

A table's file names no engine. What differs lies in `resources/engines/`, a module for each. Rules, casts of
`Field(coerce=True)`, sums that reconcile, merges and histories are the same everywhere: the [support
matrix](support-matrix.md) says where that was seen. A table's own function can still call something of which the
engines have two opinions. Those known are below; each line is run on both engines by `make test-cluster`.

The embedded engine is the reference: write what it has, then the tables run on any.
"""


def page() -> str:
    """The page `docs/engines.md`."""
    rows = [
        f"| {_code(case.expression)} | {_code(case.embedded)} | {_code(case.cluster)} | "
        f"{' '.join(part for part in (case.why, _instead(case.instead)) if part)} |"
        for case in DIFFER
    ]
    unordered = [
        f"| {_code(name)} | {HELPERS.get(name, '')} {_code(use)} |".replace("|  ", "| ")
        for name, use in UNORDERED.items()
    ]
    same = ", ".join(_code(expression) for expression in SAME)
    return "\n".join(
        [
            INTRODUCTION,
            "## What differs",
            "| expression | embedded | cluster | write instead |",
            "|---|---|---|---|",
            *rows,
            "",
            "## What has no order",
            "An engine may meet rows in any order, and another one tomorrow.",
            "",
            "| expression | write instead |",
            "|---|---|",
            *unordered,
            "",
            f"## Seen to be the same\nThe rows `t` are `{T}`.\n\n{same}.",
            "",
        ]
    )


def _instead(expressions: tuple[str, ...]) -> str:
    return f"Same everywhere: {', '.join(map(_code, expressions))}." if expressions else ""


def _code(text: str) -> str:
    return f"`{text.replace('|', '&#124;')}`" if "|" not in text else "<code>" + text.replace("|", "&#124;") + "</code>"
