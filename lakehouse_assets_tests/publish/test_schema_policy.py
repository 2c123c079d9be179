"""Which policy permits which change of columns, and what the refusals say."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lakehouse_assets.publish.schema_policy import NEEDS, POLICIES, Decision, Difference, compare, decide


def between(stored: str, declared: str, **options: Any) -> Difference:
    return compare(types(stored), types(declared), **options)


NAMES = {"tinyint": "byte", "smallint": "short", "int": "integer", "bigint": "long"}


def types(text: str) -> list[dict[str, Any]]:
    """`a int, b array<int>`: parsed without an engine. `!` behind a type says NOT NULL."""
    columns, rest = [], text
    while rest:
        name, rest = rest.split(" ", 1)
        kind, rest = parsed(rest)
        required = rest.startswith("!")
        columns.append({"name": name, "type": kind, "nullable": not required, "metadata": {}})
        rest = rest.removeprefix("!").removeprefix(", ")
    return columns


def parsed(text: str) -> tuple[Any, str]:
    if text.startswith("array<"):
        inner, rest = parsed(text[6:])
        return {"type": "array", "elementType": inner, "containsNull": not rest.startswith("!")}, rest.lstrip("!")[1:]
    if text.startswith("map<"):
        key, rest = parsed(text[4:])
        value, rest = parsed(rest[2:])
        return {"type": "map", "keyType": key, "valueType": value, "valueContainsNull": True}, rest[1:]
    if text.startswith("struct<"):
        inside, rest, inner = text[7:], "", []
        while not rest.startswith(">"):
            name, inside = inside.split(" ", 1)
            kind, rest = parsed(inside)
            inner.append({"name": name, "type": kind, "nullable": True, "metadata": {}})
            inside = rest.removeprefix(", ")
        return {"type": "struct", "fields": inner}, rest[1:]
    end = text.index(")") + 1 if text.startswith("decimal") else len(text)
    end = min(
        [end, *(i for sign in (", ", ">", "!") if (i := text.find(sign)) >= 0 and not text.startswith("decimal"))]
    )
    return NAMES.get(text[:end], text[:end]), text[end:]


# What is stored, what is declared, the least that must be done, and how it reads.
CASES: dict[str, tuple[str, str, str, list[str]]] = {
    "the same": ("a int, b string", "a int, b string", "nothing", []),
    "other order": ("a int, b string", "b string, a int", "nothing", []),
    "new column": ("a int", "a int, b string", "add columns", ["+ b: string"]),
    "new column in the middle": ("a int, c int", "a int, b date, c int", "add columns", ["+ b: date"]),
    "missing column": ("a int, b string", "a int", "replace", ["- b: string"]),
    "renamed": ("a int, b string", "a int, c string", "replace", ["- b: string", "+ c: string"]),
    "int to bigint": ("a int", "a bigint", "rewrite wider", ["~ a: int -> bigint (wider)"]),
    "tinyint to bigint": ("a tinyint", "a bigint", "rewrite wider", ["~ a: tinyint -> bigint (wider)"]),
    "float to double": ("a float", "a double", "rewrite wider", ["~ a: float -> double (wider)"]),
    "bigint to int": ("a bigint", "a int", "replace", ["~ a: bigint -> int (narrower)"]),
    "double to float": ("a double", "a float", "replace", ["~ a: double -> float (narrower)"]),
    "bigint to double": ("a bigint", "a double", "replace", ["~ a: bigint -> double (loses digits of great numbers)"]),
    "int to double": ("a int", "a double", "replace", ["~ a: int -> double (another kind)"]),
    "int to string": ("a int", "a string", "replace", ["~ a: int -> string (another kind)"]),
    "string to int": ("a string", "a int", "replace", ["~ a: string -> int (text, which need not be one)"]),
    "string to date": ("a string", "a date", "replace", ["~ a: string -> date (text, which need not be one)"]),
    "date to timestamp": ("a date", "a timestamp", "replace", ["~ a: date -> timestamp (another kind)"]),
    "zone lost": ("a timestamp", "a timestamp_ntz", "replace", ["~ a: timestamp -> timestamp_ntz (another kind)"]),
    "more decimal digits": (
        "a decimal(6,2)",
        "a decimal(9,2)",
        "rewrite wider",
        ["~ a: decimal(6,2) -> decimal(9,2) (wider)"],
    ),
    "more scale, digits kept": (
        "a decimal(6,2)",
        "a decimal(8,4)",
        "rewrite wider",
        ["~ a: decimal(6,2) -> decimal(8,4) (wider)"],
    ),
    "more scale at the cost of digits": (
        "a decimal(6,2)",
        "a decimal(7,4)",
        "replace",
        ["~ a: decimal(6,2) -> decimal(7,4) (loses integer digits)"],
    ),
    "less scale": ("a decimal(6,2)", "a decimal(9,1)", "replace", ["~ a: decimal(6,2) -> decimal(9,1) (loses scale)"]),
    "fewer decimal digits": (
        "a decimal(9,2)",
        "a decimal(6,2)",
        "replace",
        ["~ a: decimal(9,2) -> decimal(6,2) (loses integer digits)"],
    ),
    "int to decimal": ("a int", "a decimal(10,0)", "replace", ["~ a: int -> decimal(10,0) (another kind)"]),
    "NOT NULL relaxed": ("a int!", "a int", "add columns", ["~ a: NOT NULL -> nullable"]),
    "NOT NULL declared, which is stored nullable": ("a int", "a int!", "nothing", []),
    "NOT NULL on both sides, which is stored nullable": (
        "a int!",
        "a int!",
        "add columns",
        ["~ a: NOT NULL -> nullable"],
    ),
    "struct field added": ("s struct<a int>", "s struct<a int, b string>", "add columns", ["+ s.b: string"]),
    "struct field missing": ("s struct<a int, b string>", "s struct<a int>", "replace", ["- s.b: string"]),
    "struct field of other order": ("s struct<a int, b int>", "s struct<b int, a int>", "nothing", []),
    "struct field of other case": ("s struct<a int>", "s struct<A int>", "replace", ["case only: s.a -> s.A"]),
    "field added to the structs of an array": (
        "s array<struct<a int>>",
        "s array<struct<a int, b map<string, int>>>",
        "add columns",
        ["+ s.element.b: map<string, int>"],
    ),
    "array element widened": (
        "s array<int>",
        "s array<bigint>",
        "rewrite wider",
        ["~ s.element: int -> bigint (wider)"],
    ),
    "array element narrowed": ("s array<bigint>", "s array<int>", "replace", ["~ s.element: bigint -> int (narrower)"]),
    "array elements may be NULL": (
        "s array<int!>",
        "s array<int>",
        "add columns",
        ["~ s: NOT NULL within -> nullable within"],
    ),
    "map value widened": (
        "s map<string, float>",
        "s map<string, double>",
        "rewrite wider",
        ["~ s.value: float -> double (wider)"],
    ),
    "array to struct": (
        "s array<int>",
        "s struct<a int>",
        "replace",
        ["~ s: array<int> -> struct<a: int> (another kind)"],
    ),
    "int to array": ("s int", "s array<int>", "replace", ["~ s: int -> array<int> (another kind)"]),
    "case only": ("Name string", "name string", "replace", ["case only: Name -> name"]),
    "case and type": (
        "Name int",
        "name bigint",
        "replace",
        ["case only: Name -> name", "~ Name: int -> bigint (wider)"],
    ),
    "two spellings declared": (
        "name int",
        "name int, Name int",
        "never",
        ["! name, Name: one name to Delta", "+ Name: int"],
    ),
    "new and wider at once": ("a int", "b int, a bigint", "rewrite wider", ["~ a: int -> bigint (wider)", "+ b: int"]),
}


@pytest.mark.parametrize("name", CASES)
def test_a_change_reads_plainly_and_names_the_least_that_must_be_done(name: str) -> None:
    stored, declared, need, lines = CASES[name]
    difference = between(stored, declared)
    assert (difference.need, list(difference.lines)) == (need, lines)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("name", CASES)
def test_a_policy_permits_what_needs_no_more_than_it_grants_and_refuses_the_rest(name: str, policy: Any) -> None:
    stored, declared, need, lines = CASES[name]
    granted = {"strict": 0, "additive": 1, "widen": 2, "replace": 3}[policy]
    decision = decide(between(stored, declared), policy)
    if need == "nothing":
        assert decision == Decision("nothing")
    elif policy == "replace" and need != "never":
        assert decision == Decision("replace")
    elif NEEDS.index(need) <= granted:
        assert decision == Decision(need)
    else:
        assert decision.action is None
        assert all(line in decision.what for line in lines)
        permits = {"add columns": "additive", "rewrite wider": "widen", "replace": "replace", "never": "move the old"}
        assert permits[need] in decision.remedy


def test_a_refusal_says_what_the_policy_that_permits_it_would_lose() -> None:
    decision = decide(between("a int, b string, c bigint", "a int, c int"), "widen")
    assert decision.remedy == (
        'change the contract back, or declare schema="replace" and run all partitions in one run '
        "(lost but for the table's older versions: the values of b, c as bigint)"
    )


@pytest.mark.parametrize("policy", POLICIES)
def test_another_partition_column_is_refused_by_every_policy(policy: Any) -> None:
    difference = between("a int, b date", "a int, b date", stored_by=["b"], declared_by=[])
    decision = decide(difference, policy)
    assert decision.action is None
    assert "partitioned by b -> by nothing" in decision.what
    assert "move the old table away" in decision.remedy


@pytest.mark.parametrize(
    ("declared", "need"),
    [("day bigint", "replace"), ("Day int", "never"), ("other int", "never"), ("day int", "nothing")],
)
def test_a_partition_column_may_change_its_type_by_replacing_only_and_never_its_name(declared: str, need: str) -> None:
    assert between("day int", declared, stored_by=["day"], declared_by=["day"]).need == need


def test_a_new_column_that_a_rule_keeps_from_null_does_not_join_beside_old_rows() -> None:
    difference = between("a int", "a int, b int, c int", required={"a", "b"})
    assert difference.lines == ("+ b: int (a rule forbids NULL, and other partitions would hold it)", "+ c: int")
    assert decide(difference, "widen").action is None


def test_joined_columns_come_last_and_stored_ones_keep_their_order_and_their_metadata() -> None:
    stored = types("a int, b array<struct<x float>>")
    stored[0]["metadata"] = {"comment": "kept"}
    merged = json.loads(compare(stored, types("new int!, b array<struct<y int, x double>>, a bigint")).merged)["fields"]
    assert merged == [
        {**types("a bigint")[0], "metadata": {"comment": "kept"}},
        *types("b array<struct<x double, y int>>, new int"),
    ]


PLAIN = st.sampled_from(
    ["tinyint", "int", "bigint", "float", "double", "string", "decimal(6,2)", "decimal(9,3)", "date"]
)
COLUMNS = st.dictionaries(st.sampled_from("abcde"), PLAIN, min_size=1).map(
    lambda d: types(", ".join(f"{name} {kind}" for name, kind in d.items()))
)


@settings(max_examples=150)
@given(COLUMNS, COLUMNS)
def test_what_is_permitted_without_replacing_needs_nothing_once_it_is_done(
    stored: list[dict[str, Any]], declared: list[dict[str, Any]]
) -> None:
    difference = compare(stored, declared)
    if difference.need in ("nothing", "add columns", "rewrite wider"):
        assert compare(json.loads(difference.merged)["fields"], declared).need == "nothing"
    assert compare(declared, declared).need == "nothing"
