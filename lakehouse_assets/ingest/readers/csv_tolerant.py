"""CSV line by line: every record is a row or malformed, and a damaged one costs nothing but itself.

Slower than Arrow's reader and used where that one cannot tell what is wrong.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from lakehouse_assets.ingest.readers.collecting import Collected
from lakehouse_assets.ingest.readers.names import check_names
from lakehouse_assets.ingest.readers.pieces import LONGEST, UnreadableFileError, malformed
from lakehouse_assets.ingest.readers.shaping import Block
from lakehouse_assets.ingest.readers.text import Overlong, lines, no_text

if TYPE_CHECKING:
    import pyarrow as pa

    from lakehouse_assets.ingest.readers.content import Content
    from lakehouse_assets.ingest.sources import Source

# A quoted value from behind its first quote to its last; doubled quotes are part of it.
_QUOTED = re.compile(r'[^"]*+(?:""[^"]*+)*+"')


class Record(NamedTuple):
    """A record and its first physical line: its values ('' for nothing, None for quoted nothing), or what is wrong."""

    line: int
    text: str
    values: list[str | None]
    wrong: str | None


def read_tolerant(content: Content, source: Source, columns: pa.Schema, codec: str, done: int = 0) -> Iterator[Block]:
    """The records of a CSV file behind the first `done`, at least one block.

    Raises UnreadableFileError where the header does not name the contract's columns once each.
    """
    found = records(lines(content.open(), codec), source.delimiter, codec)
    names = header_of(found, columns, source.optional) if source.header else tuple(columns.names)
    block = _Collected(names)
    blocks = 0
    for number, record in enumerate(found, start=1):
        if number <= done:
            continue
        block.add(number, record)
        if block.full:
            yield block.finished()
            block, blocks = _Collected(names), blocks + 1
    if block.size or not blocks:
        yield block.finished()


def header_of(found: Iterator[Record], columns: pa.Schema, optional: Sequence[str]) -> tuple[str, ...]:
    """The column names of a file from its first record. Raises UnreadableFileError where it cannot be its header."""
    record = next(found, None)
    if record is None:
        raise UnreadableFileError("it is empty, not even a header line")
    if record.wrong:
        raise UnreadableFileError(f"its header line cannot be read: {record.wrong}")
    names = tuple(name or "" for name in record.values)
    check_names(names, columns.names, optional)
    return names


class _Collected(Collected):
    """Records on their way into one block."""

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__()
        self._names = names

    def add(self, number: int, record: Record) -> None:
        wrong, values = record.wrong, record.values
        if wrong is None and len(values) != len(self._names):
            wrong = f"{len(values)} value{'s' if len(values) != 1 else ''} for {len(self._names)} columns"
        if wrong is not None:
            self.reject(malformed(record.line, number, wrong, record.text), len(record.text))
        else:
            self.keep(values, number, record.line, record.text)

    def finished(self) -> Block:
        import pyarrow as pa

        columns = zip(*self.rows, strict=True) if self.rows else ((),) * len(self._names)
        return Block(
            self._names,
            {name: _values(column) for name, column in zip(self._names, columns, strict=True)},
            pa.array(self.numbers, pa.int64()),
            self.bad,
            self.lines,
            self.texts,
        )


def _values(column: Iterable[str | None]) -> pa.Array:
    """Nothing is NULL, quoted nothing is empty text: records hold them the other way round, which costs less."""
    import pyarrow as pa
    import pyarrow.compute as pc

    array = pa.array(column, pa.string())
    nothing = pc.if_else(pc.equal(array, ""), pa.scalar(None, pa.string()), array)
    return pc.if_else(pc.is_null(array), "", nothing) if array.null_count else nothing


def records(found: Iterator[str], delimiter: str, codec: str) -> Iterator[Record]:
    """The records of physical lines; blank lines are nothing.

    Where a quote is not closed, or not in a way that CSV allows, its first physical line is a malformed record and
    reading goes on with the next line.
    """
    reader = _Ahead(found, delimiter)
    while (line := reader.take()) is not None:
        text = line.rstrip("\r\n")
        if not text:
            continue
        first = reader.number
        if isinstance(line, Overlong):
            yield Record(first, text, [], f"longer than {LONGEST >> 20} Mi characters")
            continue
        values: list[str | None] = []
        wrong = None
        if '"' not in text:
            values = [*text.split(delimiter)]
        else:
            split = split_quoted(text, delimiter)
            if split is None:
                joined = reader.closed(line)
                if joined is None:
                    wrong = "quote never closed"
                else:
                    text = joined
                    split = split_quoted(text, delimiter)
            if isinstance(split, str):
                wrong = split
            elif split is not None:
                values = split
        yield Record(first, text, values, no_text(text, codec) or wrong)


class _Ahead:
    """Physical lines, some of them looked at ahead for the end of a quoted value, each at most once."""

    def __init__(self, found: Iterator[str], delimiter: str) -> None:
        self._found, self._delimiter = found, delimiter
        self._ahead: deque[str] = deque()
        # How many of the lines ahead leave a value open that was open before them, their size, and whether the
        # one behind these cannot close it either: true for every quote that opens among them.
        self._open, self._size, self._hopeless = 0, 0, False
        self.number = 0

    def take(self) -> str | None:
        line = self._ahead.popleft() if self._ahead else next(self._found, None)
        if line is None:
            return None
        self.number += 1
        if self._open:
            self._open -= 1
            self._size -= len(line)
        else:
            self._hopeless = False
        return line

    def closed(self, line: str) -> str | None:
        """`line`, which leaves a quote open, with the lines up to its record's end; None where there is no end."""
        while not self._hopeless:
            if len(self._ahead) == self._open and (more := next(self._found, None)) is not None:
                self._ahead.append(more)
            if len(self._ahead) == self._open:
                self._hopeless = True
                break
            more = self._ahead[self._open]
            if isinstance(more, Overlong):
                self._hopeless = True
            elif len(line) + self._size + len(more) > LONGEST:
                break
            else:
                # As if the value began with this line.
                split = split_quoted('"' + more.rstrip("\r\n"), self._delimiter)
                if split is None:
                    self._open += 1
                    self._size += len(more)
                elif isinstance(split, str):
                    self._hopeless = True
                else:
                    parts = [line, *(self.take() or "" for _ in range(self._open + 1))]
                    return "".join(parts).rstrip("\r\n")
        return None


def split_quoted(text: str, delimiter: str) -> list[str | None] | str | None:
    """The values of a record, or what is wrong with it, or None where a quote is still open at its end."""
    values: list[str | None] = []
    start, size = 0, len(text)
    while True:
        if text.startswith('"', start):
            found = _QUOTED.match(text, start + 1)
            if found is None:
                return None
            end = found.end()
            values.append(text[start + 1 : end - 1].replace('""', '"') or None)
            if end == size:
                return values
            if text[end] != delimiter:
                return f"text behind the closing quote of value {len(values)}"
        else:
            end = text.find(delimiter, start)
            if end < 0:
                values.append(text[start:])
                return values
            values.append(text[start:end])
        start = end + 1
