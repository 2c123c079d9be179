"""A rule may use what depends on its row alone; what cannot be told is refused, as is the contract with such a rule."""

from __future__ import annotations

from typing import Any

import pytest
from pandera.pyspark import Field
from pyspark.sql import functions as F
from pyspark.sql import types as T

from lakehouse_assets.declare import Contract, rule
from lakehouse_assets.errors import DeclarationError
from lakehouse_assets.publish.compile import compile_contract
from lakehouse_assets.publish.determinism import parts_of
from lakehouse_assets_tests.publish.rules_written import ID, Write, small

PERMITTED: dict[str, str] = {
    "columns and literals": small(f"({ID} > 1) & F.lit(True)"),
    "casts": small(f"{ID}.cast(T.LongType()).isNotNull()", "from pyspark.sql import types as T"),
    "a constant": small(f"{ID} > LIMIT", "LIMIT = 5"),
    "a date": small("F.col('day') >= dt.date(2017, 1, 1)"),
    "a date of text": small("F.col('day') >= dt.date.fromisoformat('2017-01-01')"),
    "a class of constants": small(f"{ID} > Limit.LOW.value", "import enum\nclass Limit(enum.Enum):\n    LOW = 1"),
    "a dictionary that is read": small(f"{ID} > LIMITS.get('a', 1) + len(LIMITS)", "LIMITS = {'a': 1}"),
    "harmless builtins": small("F.col('a').isin(*sorted(str(i) for i in range(max(1, 2))))"),
    "python's max, not the engine's": small(f"{ID} > max(1, min(2, sum([1])))"),
    "decimals": small(f"{ID} > Decimal('0.1')", "from decimal import Decimal"),
    "reduce": small(
        "reduce(operator.and_, [F.col(c) > 0 for c in ('a', 'b')])", "import operator\nfrom functools import reduce"
    ),
    "a lambda of columns": small("F.exists('a', lambda x: x > 1)"),
    "unix_timestamp of a column": small("F.unix_timestamp('at') > 0"),
    "a helper with defaults": small(
        "over_('id')", "def over_(c, low=3, *, high=9):\n    return F.col(c).between(low, high)"
    ),
    "a helper that calls itself": small(
        "all_('a', 'b')", "def all_(c, *more):\n    return F.col(c) & all_(*more) if more else F.col(c)"
    ),
    "a helper of another module, remembered there": small(
        "a(1)", "from lakehouse_assets_tests.publish.helpers import a"
    ),
    "annotations": "def small(x: 'Missing' = 1) -> 'Missing':\n    y: Missing = x\n    return F.col('id') > y\n",
    "imports within": "def small():\n    from pyspark.sql.functions import col as c\n    import math\n"
    "    return c('id') > math.pi\n",
    "SQL of the row": small("F.expr('id > 0 and coalesce(item, \"rand()\") in (\\'now()\\', upper(item)) -- rand()')"),
    "SQL of columns with such names": small("F.expr('`rand` > 0 and count > user and first is null')"),
    "SQL that casts": small("F.expr('cast(id as decimal(12, 2)) > 0 and unix_timestamp(at) > 0')"),
    "a function by a harmless name": small("F.call_function('upper', 'item') == 'A'"),
}  # fmt: skip


@pytest.mark.parametrize("name", PERMITTED)
def test_what_depends_on_the_row_alone_is_permitted(written: Write, name: str) -> None:
    parts_of(written(PERMITTED[name]), "here")


def test_a_function_whose_source_cannot_be_read_is_refused() -> None:
    scope: dict[str, Any] = {"F": F}
    exec("def hidden():\n    return F.col('id') > 0", scope)
    with pytest.raises(DeclarationError, match="source of 'hidden' cannot be read"):
        parts_of(scope["hidden"], "here")


def test_of_two_lambdas_in_a_line_it_is_not_guessed_which_is_meant() -> None:
    one, _two = lambda: F.col("id") > 0, lambda: F.rand() > 0
    with pytest.raises(DeclarationError, match="cannot be told which"):
        parts_of(one, "here")


def test_a_name_of_an_enclosing_function_is_looked_up_there() -> None:
    def made(limit: Any) -> Any:
        return lambda: F.col("id") > limit

    assert parts_of(made(3), "here") != parts_of(made(4), "here")
    with pytest.raises(DeclarationError, match="`limit`"):
        parts_of(made(object()), "here")


def test_a_contract_with_such_a_rule_is_refused_when_it_is_compiled_and_named() -> None:
    class Sale(Contract):
        """What was sold."""

        id: T.LongType = Field()

        @rule()
        def lately() -> Any:
            """It must be new."""
            return F.col("at") > F.date_sub(F.current_date(), 7)

    with pytest.raises(DeclarationError, match=r"^Sale, rule 'lately': `F.current_date` reads the clock\nRemedy: "):
        compile_contract(Sale)
