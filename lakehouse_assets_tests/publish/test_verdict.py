"""A frame with its verdict: which rows broke which rule, whatever shape the rule has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pyspark.sql import functions as F
from pyspark.sql import types as T

from lakehouse_assets.errors import ContractError
from lakehouse_assets.publish.rules import Reference, Rule, RuleSet
from lakehouse_assets.publish.verdict import BITS, add_verdict, as_it_came, broken, conform, flags, is_broken

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

SCHEMA = T.StructType([T.StructField("id", T.LongType()), T.StructField("item", T.StringType())])
CAST = Rule("id__castable", "cast", ("id",), "")
KNOWN = Rule("id__in_items", "reference", ("id",), "", reference=Reference("items", "number"))
KEY = Rule("unique__id__item", "unique", ("id", "item"), "")


def positive(*, warn: bool = False) -> Rule:
    return Rule("id__gt", "row", ("id",), "", warn, lambda: F.coalesce(F.col("id") <= 0, F.lit(False)))


def verdicts(frame: DataFrame, rules: RuleSet, **options: Any) -> list[tuple[int | None, str | None, list[str], bool]]:
    """(id, item, rules broken, rejected) of every row, in order."""
    judged = add_verdict(frame, rules, options.get("references", {}), options.get("duplicates"))
    names = flags(rules)
    said = [
        (row["id"], row["item"], [r.id for r in broken(rules, [row[n] or 0 for n in names])], row["_rejected"])
        for row in judged.collect()
    ]
    return sorted(said, key=str)


def test_a_long_has_63_usable_bits_and_another_flag_column_begins_after_them() -> None:
    rules = [RuleSet(tuple(Rule(f"r{n}", "row", (), "") for n in range(count))) for count in (0, 1, 63, 64, 126, 127)]
    assert [len(flags(one)) for one in rules] == [0, 1, 1, 2, 2, 3]
    assert flags(rules[-1]) == ["_failed_0", "_failed_1", "_failed_2"]
    assert [r.id for r in broken(rules[-1], [1 | 1 << 62, 1 << 1, 1])] == ["r0", "r62", "r64", "r126"]
    assert BITS == 63


@pytest.mark.parametrize("number", [0, 1, 62, 63, 64, 70])
def test_a_rule_is_found_again_in_the_flags_of_a_staged_row(spark: SparkSession, number: int) -> None:
    rules = RuleSet(tuple(Rule(f"r{n}", "row", (), "", failed=lambda n=n: F.col("id") == n) for n in range(71)))
    frame = spark.range(71).selectExpr("id", "'x' item")
    staged = add_verdict(frame, rules, {})
    assert [row["id"] for row in staged.where(is_broken(rules, rules.rules[number])).collect()] == [number]


@pytest.mark.parametrize("given", ["timestamp'2017-01-02 00:00:00'", "date'2017-01-02'", "array(1)", "x'01'"])
def test_a_cast_of_which_engines_have_two_opinions_is_refused(spark: SparkSession, given: str) -> None:
    frame = spark.sql(f"select {given} id, 'a' item")
    with pytest.raises(
        ContractError, match=r"column 'id' is .*, of which engines do not agree how to cast it to bigint"
    ):
        conform(frame, SCHEMA, RuleSet((CAST,)), ())


def test_a_value_that_does_not_cast_is_told_from_null_and_kept_as_it_came(spark: SparkSession) -> None:
    rules = RuleSet((CAST,))
    came = spark.sql("select * from values ('1', 'a', 7L), ('x', 'b', 8L), (null, 'c', 9L) as t(id, item, line)")
    conformed = conform(came, SCHEMA, rules, ("line", "absent"))
    assert conformed.columns == ["id", "item", "line", "_raw_id"]
    assert verdicts(conformed, rules) == [
        (1, "a", [], False),
        (None, "b", ["id__castable"], True),
        (None, "c", [], False),
    ]
    raw = [row[0] for row in conformed.select(as_it_came(SCHEMA, rules)).collect()]
    assert '{"id":"x","item":"b"}' in raw


def test_every_column_that_does_not_fit_is_named_at_once(spark: SparkSession) -> None:
    frame = spark.sql("select 1 as id, 2 as more, 3L as line")
    with pytest.raises(ContractError) as error:
        conform(frame, SCHEMA, RuleSet(()), ("line",))
    assert error.value.what == (
        "column 'item' is missing; column 'more' is not in the contract; column 'id' is int, the contract says bigint"
    )
    assert "rename or cast" in error.value.remedy


def test_a_rule_that_warns_counts_and_rejects_nothing(spark: SparkSession) -> None:
    frame = spark.createDataFrame([(1, "a"), (-1, "b")], SCHEMA)
    assert verdicts(frame, RuleSet((positive(warn=True),))) == [(-1, "b", ["id__gt"], False), (1, "a", [], False)]
    assert verdicts(frame, RuleSet((positive(),)))[0] == (-1, "b", ["id__gt"], True)
    assert verdicts(frame, RuleSet(())) == [(-1, "b", [], False), (1, "a", [], False)]


def test_what_refers_to_nothing_known_is_rejected_null_passes_and_no_row_is_doubled(spark: SparkSession) -> None:
    frame = spark.createDataFrame([(1, "a"), (2, "b"), (None, "c")], SCHEMA)
    items = spark.sql("select * from values (1L), (1L), (null) as t(number)")
    assert verdicts(frame, RuleSet((KNOWN,)), references={"items": items}) == [
        (1, "a", [], False),
        (2, "b", ["id__in_items"], True),
        (None, "c", [], False),
    ]
    with pytest.raises(ContractError, match="rule lost refers to no table"):
        add_verdict(frame, RuleSet((Rule("lost", "reference", ("id",), ""),)), {})


def test_rows_of_a_key_known_to_occur_twice_are_rejected_null_like_null(spark: SparkSession) -> None:
    frame = spark.createDataFrame([(1, None), (1, None), (1, "a"), (2, None)], SCHEMA)
    twice = spark.createDataFrame([(1, None)], SCHEMA)
    assert verdicts(frame, RuleSet((KEY,)), duplicates=twice) == [
        (1, "a", [], False),
        (1, None, ["unique__id__item"], True),
        (1, None, ["unique__id__item"], True),
        (2, None, [], False),
    ]
    assert [row[3] for row in verdicts(frame, RuleSet((KEY,)))] == [False] * 4


def test_many_rules_are_judged_together_each_by_itself(spark: SparkSession) -> None:
    rules = RuleSet((CAST, positive(), KNOWN, KEY))
    came = spark.sql("select * from values ('1', 'a'), ('x', 'b'), ('-1', 'c') as t(id, item)")
    conformed = conform(came, SCHEMA, rules, ())
    items = spark.sql("select * from values (1L) as t(number)")
    assert verdicts(conformed, rules, references={"items": items}) == [
        (-1, "c", ["id__gt", "id__in_items"], True),
        (1, "a", [], False),
        (None, "b", ["id__castable"], True),
    ]
