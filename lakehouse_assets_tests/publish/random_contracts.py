"""Random contracts, rows for them, and what plain Python says of each value: for the tests that compare opinions."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from pandera.pyspark import Field
from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql import types as T

from lakehouse_assets.declare import Contract, rule

DAYS = (dt.date(2017, 1, 2), dt.date(2017, 1, 3))
KINDS: dict[str, T.DataType] = {
    "id": T.StringType(),
    "day": T.DateType(),
    "n": T.LongType(),
    "x": T.DoubleType(),
    "w": T.StringType(),
}
Row = dict[str, Any]


def ranked(value: Any) -> Any:
    """A value that compares as engines compare: NaN is the greatest and equals itself."""
    return (1, 0.0) if isinstance(value, float) and math.isnan(value) else (0, value)


def between(value: Any, low: Any, high: Any) -> bool:
    return ranked(low) <= ranked(value) <= ranked(high)


# By the name of a Field's argument: pandera's name of the check, and whether a value that is there passes.
CHECKS: dict[str, tuple[str, Callable[[Any, Any], bool]]] = {
    "eq": ("equal_to", lambda v, a: ranked(v) == ranked(a)),
    "ne": ("not_equal_to", lambda v, a: ranked(v) != ranked(a)),
    "gt": ("greater_than", lambda v, a: ranked(v) > ranked(a)),
    "ge": ("greater_than_or_equal_to", lambda v, a: ranked(v) >= ranked(a)),
    "lt": ("less_than", lambda v, a: ranked(v) < ranked(a)),
    "le": ("less_than_or_equal_to", lambda v, a: ranked(v) <= ranked(a)),
    "in_range": ("in_range", lambda v, a: between(v, a["min_value"], a["max_value"])),
    "isin": ("isin", lambda v, a: v in a),
    "notin": ("notin", lambda v, a: v not in a),
    "str_contains": ("str_contains", lambda v, a: re.search(a, v) is not None),
    "str_matches": ("str_matches", lambda v, a: re.match(a, v) is not None),
    "str_startswith": ("str_startswith", lambda v, a: v.startswith(a)),
    "str_endswith": ("str_endswith", lambda v, a: v.endswith(a)),
    "str_length": ("str_length", lambda v, a: between(len(v), a["min_value"], a["max_value"])),
}

WORDS = st.sampled_from(["", "a", "ab", "abb", "b", "ä", "A"])
BOUNDS = {"n": st.integers(-2, 4), "x": st.sampled_from([-1.5, 0.0, 2.0, math.inf]), "w": WORDS}
TEXT_OF_NUMBER = st.integers(-3, 5).map(str)
NO_NUMBER = st.sampled_from(["x", "", "1 2", "99999999999999999999"])
VALUES = {
    "day": st.sampled_from(DAYS),
    "n": st.one_of(TEXT_OF_NUMBER, TEXT_OF_NUMBER, NO_NUMBER, st.none()),
    "x": st.sampled_from([-2.0, 0.0, 1.5, 2.0, math.nan, math.inf, -math.inf, None]),
    "w": st.one_of(WORDS, WORDS, st.none()),
}


def pairs(bounds: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    both = st.tuples(bounds, bounds).map(sorted)
    return both.map(lambda pair: {"min_value": pair[0], "max_value": pair[1]})


def checks_of(column: str) -> st.SearchStrategy[dict[str, Any]]:
    """Up to three checks of a column, as arguments of its Field."""
    bound = BOUNDS[column]
    possible: dict[str, st.SearchStrategy[Any]] = {
        "isin": st.lists(bound, min_size=1),
        "notin": st.lists(bound, min_size=1),
    }
    if column == "w":
        possible |= dict.fromkeys(("str_contains", "str_matches"), st.sampled_from(["a", "a$", "[ab]+", "."]))
        possible |= dict.fromkeys(("str_startswith", "str_endswith"), st.sampled_from(["a", "b"]))
        possible["str_length"] = pairs(st.integers(0, 3))
    else:
        possible |= dict.fromkeys(("eq", "ne", "gt", "ge", "lt", "le"), bound)
        possible["in_range"] = pairs(bound)
    chosen = st.lists(st.sampled_from(sorted(possible)), max_size=3, unique=True)
    return chosen.flatmap(lambda names: st.fixed_dictionaries({name: possible[name] for name in names}))


@dataclass(frozen=True)
class Demands:
    """A random contract, in words that Python, pandera and we can all be told."""

    checks: dict[str, dict[str, Any]]  # column -> Field's arguments
    nullable: dict[str, bool]
    warns: dict[str, bool]
    row_rule: bool | None  # None without one; True if it only warns
    key: tuple[str, ...]

    def contract(self, *, typed: bool = False) -> type[Contract]:
        """As a contract; `typed` for a judge who cannot cast and who raises where we warn."""
        body: dict[str, Any] = {"__annotations__": {name: type(kind) for name, kind in KINDS.items()}}
        body |= {"id": Field(), "day": Field()}
        for name, checks in self.checks.items():
            body[name] = Field(
                nullable=self.nullable[name],
                coerce=not typed and name == "n",
                raise_warning=not typed and self.warns[name],
                **checks,
            )
        if self.row_rule is not None:
            body["n_below_x"] = rule(warn=self.row_rule and not typed)(n_below_x)
        if self.key:
            body["Config"] = type("Config", (), {"unique": list(self.key)})
        return type("Random", (Contract,), body)


def n_below_x() -> Column:
    """Compares two columns."""
    return F.col("n") < F.col("x")


COLUMNS = ("n", "x", "w")
DEMANDS = st.builds(
    Demands,
    checks=st.fixed_dictionaries({name: checks_of(name) for name in COLUMNS}),
    nullable=st.fixed_dictionaries({name: st.booleans() for name in COLUMNS}),
    warns=st.fixed_dictionaries({name: st.sampled_from([False, False, True]) for name in COLUMNS}),
    row_rule=st.sampled_from([None, False, True]),
    key=st.sampled_from([(), ("n",), ("n", "w"), ("x",), ("w", "day")]),
)
ROWS = st.lists(st.fixed_dictionaries(VALUES), max_size=12).map(
    lambda rows: [{"id": f"row {i}", **row} for i, row in enumerate(rows)]
)
