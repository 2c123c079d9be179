"""JSON lines: one object a line, every value as the text that was written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from lakehouse_assets.ingest.readers.collecting import Collected
from lakehouse_assets.ingest.readers.names import twice
from lakehouse_assets.ingest.readers.pieces import LONGEST, UnreadableFileError, malformed
from lakehouse_assets.ingest.readers.shaping import Block
from lakehouse_assets.ingest.readers.text import Overlong, lines, no_text

if TYPE_CHECKING:
    import pyarrow as pa

    from lakehouse_assets.ingest.readers.content import Content

Values = dict[str, str | None]

NAMES = 1_000  # keys that are remembered of a file, beside the contract's: some senders have one for each record
_SPACE = " \t\r\n"
_WORDS: dict[Any, str] = {True: "true", False: "false", None: "null"}
_QUOTE = json.encoder.encode_basestring
_GAP = re.compile(r"[ \t\r\n]*")


class _Number(str):
    """A number as it was written."""

    __slots__ = ()


class _WrongError(ValueError):
    """What is wrong with a line, in words of our own."""


def read_json_lines(content: Content, columns: pa.Schema, codec: str) -> Iterator[Block]:
    """The records of a file of JSON lines, at least one block.

    Raises UnreadableFileError, at the end, where there are lines but none has any of the contract's columns.
    """
    expected = tuple(columns.names)
    block = _Collected(expected, ())
    number = blocks = 0
    known = frozenset(expected)
    hit = False
    for line_number, line in enumerate(lines(content.open(), codec), start=1):
        text = line.strip(_SPACE)
        if not text:
            continue
        number += 1
        try:
            _check_line(line, codec)
            values, extra, names = parse(text, known)
        except _WrongError as wrong:
            block.reject(malformed(line_number, number, str(wrong), text), len(text))
        else:
            hit = hit or not known.isdisjoint(names)
            block.add(number, line_number, text, values, extra, names)
        if block.full:
            yield block.finished()
            block, blocks = _Collected(expected, block.names), blocks + 1
    if number and not hit:
        raise UnreadableFileError(f"none of its {number} lines is a JSON object with any of the columns {[*expected]}")
    if block.size or not blocks:
        yield block.finished()


def _check_line(line: str, codec: str) -> None:
    if isinstance(line, Overlong):
        raise _WrongError(f"longer than {LONGEST >> 20} Mi characters")
    if bad := no_text(line, codec):
        raise _WrongError(bad)


def parse(text: str, known: frozenset[str]) -> tuple[dict[str, Any], str | None, Sequence[str]]:
    """The values of a line by key, the members that `known` does not name as JSON, and the line's keys in order.

    Values are text, None, or a bool, for which JSON's word is meant. Raises _WrongError for what is no JSON object.
    """
    try:
        values, end = _SCAN(text, 0)
    except StopIteration:
        raise _WrongError("not JSON: a value is missing") from None
    except RecursionError:
        raise _WrongError("nested too deeply") from None
    except json.JSONDecodeError as error:
        raise _WrongError(f"not JSON: {error.msg} at character {error.pos + 1}") from None
    if end != len(text):
        raise _WrongError(f"not JSON: more text behind the value at character {end + 1}")
    if type(values) is not dict:
        raise _WrongError("not a JSON object")
    names: Sequence[str] = list(values)
    if "\\u" in text:
        _check_text([*names, *(value for value in values.values() if isinstance(value, str))])
    if "[" in text or text.count("{") > 1:
        values, extra = _as_written(text, known)
    else:
        extra = None if values.keys() <= known else _others(values, known)
    return values, extra, names


def _others(values: dict[str, Any], known: frozenset[str]) -> str:
    """The members of a line without nested values that `known` does not name, as JSON."""
    parts = []
    for key, value in values.items():
        if key not in known:
            written = value if type(value) is _Number else _QUOTE(value) if type(value) is str else _WORDS[value]
            parts.append(f"{_QUOTE(key)}: {written}")
    return "{" + ", ".join(parts) + "}"


def _as_written(text: str, known: frozenset[str]) -> tuple[Values, str | None]:
    """Values and the other members of a line that is a valid object, cut out of it where they are no strings."""
    values: Values = {}
    others = []
    at = _gap(text, 1)
    while text[at] == '"':
        key_at = at
        key, at = _SCAN(text, at)
        written_key = text[key_at:at]
        start = _gap(text, _gap(text, at) + 1)
        value, at = _SCAN(text, start)
        written = text[start:at]
        if key in known:
            values[key] = value if value is None or written[0] == '"' else written
        else:
            others.append(f"{written_key}: {written}")
        at = _gap(text, at)
        if text[at] == ",":
            at = _gap(text, at + 1)
    return values, "{" + ", ".join(others) + "}" if others else None


def _gap(text: str, at: int) -> int:
    found = _GAP.match(text, at)
    return found.end() if found else at


def _check_text(parts: list[str]) -> None:
    for part in parts:
        try:
            part.encode()
        except UnicodeEncodeError:
            raise _WrongError("half a character: \\u escapes that are no text") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _WrongError(f"keys {twice([key for key, _ in pairs])} stand twice in it")
    return found


def _refuse(word: str) -> NoReturn:
    raise _WrongError(f"not JSON: {word} is no number there")


# The decoder's own scanner skips the checks around it, which cost as much as a short line. Numbers keep their digits.
_DECODER: Any = json.JSONDecoder(
    object_pairs_hook=_once, parse_int=_Number, parse_float=_Number, parse_constant=_refuse
)
_SCAN = _DECODER.scan_once


class _Collected(Collected):
    """Records on their way into one block."""

    def __init__(self, expected: tuple[str, ...], names: tuple[str, ...]) -> None:
        super().__init__()
        self._expected = expected
        self._names = dict.fromkeys(names)
        self._last: Sequence[str] = ()
        self._extras: list[str | None] = []

    @property
    def names(self) -> tuple[str, ...]:
        """The keys of these records and of those before; of very many the first."""
        return tuple(self._names)

    def add(
        self, number: int, line: int, text: str, values: dict[str, Any], extra: str | None, names: Sequence[str]
    ) -> None:
        self.keep(values, number, line, text)
        self._extras.append(extra)
        if names != self._last:
            for name in names:
                if len(self._names) < NAMES or name in self._expected:
                    self._names[name] = None
            self._last = names

    def finished(self) -> Block:
        import pyarrow as pa

        return Block(
            self.names,
            {name: _column([row.get(name) for row in self.rows]) for name in self._expected},
            pa.array(self.numbers, pa.int64()),
            self.bad,
            self.lines,
            self.texts,
            extra=pa.array(self._extras, pa.string()),
        )


def _column(values: list[Any]) -> pa.Array:
    import pyarrow as pa

    try:
        return pa.array(values, pa.string())
    except (pa.ArrowTypeError, pa.ArrowInvalid):
        return pa.array([_WORDS[v] if type(v) is bool else v for v in values], pa.string())
