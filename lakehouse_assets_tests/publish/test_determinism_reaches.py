"""What a rule reaches is part of what it is: a constant or a helper that changes makes another rule of it."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from pandera.pyspark import Field
from pyspark.sql import functions as F
from pyspark.sql import types as T

from lakehouse_assets.declare import Contract, rule
from lakehouse_assets.publish.compile import compile_contract
from lakehouse_assets.publish.determinism import parts_of
from lakehouse_assets_tests.publish.rules_written import ID, Write, small

MEANING: dict[str, tuple[str, str]] = {
    "a constant": (small(f"{ID} > LIMIT", "LIMIT = 5"), small(f"{ID} > LIMIT", "LIMIT = 6")),
    "its type": (small(f"{ID} > LIMIT", "LIMIT = 5"), small(f"{ID} > LIMIT", "LIMIT = 5.0")),
    "a part of a constant": (small("len(A)", "A = {'a': (1, 2)}"), small("len(A)", "A = {'a': (1, 3)}")),
    "a date": (small("D", "D = dt.date(2017, 1, 1)"), small("D", "D = dt.date(2017, 1, 2)")),
    "the text of an expression": (small("F.expr(A)", "A = 'id > 1'"), small("F.expr(A)", "A = 'id > 2'")),
    "a type": (
        small(f"{ID}.cast(A)", "from pyspark.sql import types as T\nA = T.DecimalType(9, 2)"),
        small(f"{ID}.cast(A)", "from pyspark.sql import types as T\nA = T.DecimalType(9, 3)"),
    ),
    "a class's constant": (
        small(f"{ID} > A.low", "class A:\n    low = 1"), small(f"{ID} > A.low", "class A:\n    low = 2"),
    ),
    "a helper": (small("a()", "def a():\n    return 1"), small("a()", "def a():\n    return 2")),
    "a default of a helper": (small("a()", "def a(x=1):\n    return x"), small("a()", "def a(x=2):\n    return x")),
    "a default that is a constant": (
        small("a()", "N = 1\ndef a(x=N):\n    return x"), small("a()", "N = 2\ndef a(x=N):\n    return x"),
    ),
    "a helper's helper": (
        small("a()", "def b():\n    return 1\ndef a():\n    return b()"),
        small("a()", "def b():\n    return 2\ndef a():\n    return b()"),
    ),
    "a constant of a helper": (
        small("a()", "N = 1\ndef a():\n    return N"), small("a()", "N = 2\ndef a():\n    return N"),
    ),
    "a lambda": (small("a()", "a = lambda: 1"), small("a()", "a = lambda: 2")),
    "which function a name stands for": (
        small("f('id')", "from pyspark.sql.functions import upper as f"),
        small("f('id')", "from pyspark.sql.functions import lower as f"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MEANING)
def test_what_a_rule_reaches_changes_what_it_is(written: Write, name: str) -> None:
    before, after = (parts_of(written(code), "here") for code in MEANING[name])
    assert before != after


def test_the_order_of_a_set_of_words_comments_and_reasons_change_nothing(written: Write) -> None:
    plain = small("a()", "S = {'a', 'b', 'c'}\ndef a(x: int = 1) -> int:\n    return F.col('a').isin(*S)")
    talking = small(
        "a()",
        "S = {'c', 'b', 'a'}\n\ndef a(x=1):\n    '''Why.'''\n    # And how.\n    return F.col('a').isin(*S)",
    )
    assert parts_of(written(plain), "here") == parts_of(written(talking), "here")


LIMIT = 5


def test_the_fingerprint_of_a_contract_changes_with_a_constant_of_its_module(monkeypatch: pytest.MonkeyPatch) -> None:
    def compiled() -> Any:
        class Sale(Contract):
            """What was sold."""

            id: T.LongType = Field()

            @rule()
            def large() -> Any:
                """Small ones are given away."""
                return F.col("id") > LIMIT

        return compile_contract(Sale)

    before, again = compiled(), compiled()
    monkeypatch.setattr(sys.modules[__name__], "LIMIT", 6)
    assert before.fingerprint == again.fingerprint != compiled().fingerprint
    assert before.by_id("large").demand == "Small ones are given away. [return F.col('id') > LIMIT]"
