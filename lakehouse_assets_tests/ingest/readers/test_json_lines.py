"""JSON lines: whatever arrives becomes rows or malformed records, and values stay as they were written."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from lakehouse_assets.ingest.readers import UnreadableFileError
from lakehouse_assets.ingest.sources import json_lines
from lakehouse_assets_tests.ingest.readers.reading import Read, read, text_columns

AB = text_columns("a", "b")
SOURCE = json_lines("x")
FIRST = b'{"a": "first"}\n'

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | words
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3))
objects = st.dictionaries(st.sampled_from(["a", "b", "c", 'ü"', ""]), values, max_size=4)
nearly = st.lists(
    st.sampled_from(
        ["{", "}", "[", "]", '"a"', '"b"', ":", ",", "1", "-", "e9", "null", '"', "\\u", "d83d", "\n", " "]
    ),
    max_size=20,
)


def as_text(written: Any) -> str | None:
    return written if written is None or isinstance(written, str) else json.dumps(written, ensure_ascii=False)


@given(st.lists(objects, max_size=6), st.booleans())
@settings(max_examples=300)
def test_every_value_arrives_as_the_text_that_was_written(found: list[dict[str, Any]], ascii_only: bool) -> None:
    lines = "".join(json.dumps(o, ensure_ascii=ascii_only) + "\n" for o in found)
    result = read(FIRST + lines.encode(), SOURCE, AB)
    assert result.malformed == []
    for row, given_object in zip(result.rows[1:], found, strict=True):
        for name in ("a", "b"):
            value = given_object.get(name)
            if isinstance(value, dict | list):
                assert row[name] == json.dumps(value, ensure_ascii=ascii_only)
            else:
                assert row[name] == as_text(value)
        others = {key: value for key, value in given_object.items() if key not in ("a", "b")}
        assert (json.loads(row["_source_extra"]) if row["_source_extra"] else {}) == others


def outcome(content: bytes) -> Read:
    result = read(FIRST + content, SOURCE, AB)
    numbers = sorted([*result.numbers, *(bad.row for bad in result.malformed)])
    lines = [line for line in content.replace(b"\r", b"\n").split(b"\n") if line.strip(b" \t")]
    assert numbers == [*range(1, len(lines) + 2)]
    return result


@given(st.binary(max_size=100) | nearly.map(lambda parts: "".join(parts).encode()))
@settings(max_examples=800)
def test_any_bytes_become_a_row_or_a_malformed_record_for_each_line(content: bytes) -> None:
    outcome(content)


@given(nearly.map("".join))
@settings(max_examples=300)
def test_a_line_is_a_row_exactly_where_pythons_own_parser_finds_an_object(text: str) -> None:
    line = text.replace("\n", "")
    try:
        pairs = json.loads(line, object_pairs_hook=list)
        json.dumps(json.loads(line), ensure_ascii=False).encode()
        good = line.lstrip().startswith("{") and len({key for key, _ in pairs}) == len(pairs)
    except (ValueError, UnicodeEncodeError):
        good = False
    if line.strip():
        assert len(outcome(line.encode()).rows) == 1 + good


def test_a_file_of_malformed_lines_alone_is_unreadable_and_one_good_line_saves_it() -> None:
    assert len(read(b"x\n" + FIRST, SOURCE, AB).malformed) == 1
    try:
        read(b"x\ny\n", SOURCE, AB)
    except UnreadableFileError as error:
        reason = error.reason
    assert reason == "none of its 2 lines is a JSON object with any of the columns ['a', 'b']"


def test_the_names_are_those_seen_so_far_in_the_order_in_which_they_came() -> None:
    assert read(b'{"b": 1}\n{"z": 1, "a": 2}\nx\n', SOURCE, AB).names == ("b", "z", "a")


def test_of_a_sender_that_has_a_key_for_each_record_the_contracts_and_the_first_thousand_are_names() -> None:
    lines = [f'{{"a": 1, "k{n}": 1}}\n' for n in range(2_000)]
    names = read("".join([*lines, '{"z": 1, "b": 2}\n']).encode(), SOURCE, AB).names
    assert names == ("a", *(f"k{n}" for n in range(999)), "b")
