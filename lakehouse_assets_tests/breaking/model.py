"""What the lake should hold, in plain Python: the oracle of the state machine."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from pandera.pyspark import Field
from pyspark.sql import types as T

from lakehouse_assets.declare import SOURCE, Contract, bronze, csv, silver
from lakehouse_assets.declare.partitions import Calendar
from lakehouse_assets_tests.breaking.tables import ANYTHING, Row, Seen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from pyspark.sql import DataFrame

    from lakehouse_assets.declare.table import Table

CALENDAR = Calendar("day", "daily", start=dt.date(2017, 1, 1), end=dt.date(2017, 1, 4))
DAYS = CALENDAR.keys()
CORRUPT = "1,2,3"  # a line of three values under a header of two names


@bronze(csv("visits"), partitions=CALENDAR, tolerance=ANYTHING)
class Visits(Contract):
    """As delivered."""

    id: T.StringType = Field(nullable=True)
    n: T.StringType = Field(nullable=True)


class Positive(Contract):
    """More than none."""

    day: T.DateType = Field()
    id: T.LongType = Field(coerce=True)
    n: T.LongType = Field(coerce=True, gt=0)

    class Config:
        """The key."""

        unique = ["day", "id"]


class Lenient(Positive):
    """Returns too."""

    n: T.LongType = Field(coerce=True, gt=-5)


class Strict(Positive):
    """Not many."""

    n: T.LongType = Field(coerce=True, gt=0, lt=5)


def visits(bronze_visits: DataFrame) -> DataFrame:
    """Typed."""
    return bronze_visits.select("day", "id", "n", *SOURCE)


def _silver(contract: type[Contract]) -> Table:
    return silver(contract=contract, partitions=CALENDAR, tolerance=ANYTHING)(visits)


SILVER = {contract.__name__: _silver(contract) for contract in (Positive, Lenient, Strict)}
BOUNDS: Mapping[str, dict[str, Callable[[int], bool]]] = {
    "Positive": {"n__gt": lambda n: n > 0},
    "Lenient": {"n__gt": lambda n: n > -5},
    "Strict": {"n__gt": lambda n: n > 0, "n__lt": lambda n: n < 5},
}

File = tuple[str, ...] | None  # its lines below the header; None for one that cannot be read
Line = tuple[str | None, str | None, str, int]  # id, n, file, number


@dataclass(frozen=True)
class BronzeDay:
    """A day of the bronze table: the files it holds, their rows, and what is in quarantine of it."""

    held: Mapping[str, File] = field(default_factory=dict)
    accepted: Mapping[str, tuple[Line, ...]] = field(default_factory=dict)
    apart: Mapping[str, tuple[Row, ...]] = field(default_factory=dict)  # failed, raw, file, number

    def loaded(self, waiting: Mapping[str, File], *, withdraws: bool, force: bool = False) -> BronzeDay | None:
        """The day once what waits is loaded; None where nothing of it is new."""
        due = {
            name: file
            for name, file in waiting.items()
            if force or self.held.get(name, ()) != file or name not in self.held
        }
        gone = {name for name in self.held if name not in waiting}
        if not due and not (withdraws and gone):
            return None
        stay = {n for n in self.held if n not in due and not (withdraws and n in gone)}
        kept = BronzeDay(
            *({n: v for n, v in part.items() if n in stay} for part in (self.held, self.accepted, self.apart))
        )
        return BronzeDay(
            {**kept.held, **due},
            {**kept.accepted, **{name: accepted_of(name, file) for name, file in due.items()}},
            {**kept.apart, **{name: apart_of(name, file) for name, file in due.items()}},
        )

    def held_back(self, unreadable: Sequence[str]) -> BronzeDay:
        """The day once these files were refused: everything is as it was, and they are in quarantine."""
        told, stay = ("file__readable",), self.held.keys() - set(unreadable)
        others = {n: tuple(row for row in rows if row[0] != told or n in stay) for n, rows in self.apart.items()}
        back = {name: (*others.get(name, ()), *apart_of(name, None)) for name in unreadable}
        return replace(self, apart={**others, **back})

    def seen(self, day: str) -> Seen:
        rows = [(day, *line) for lines in self.accepted.values() for line in lines]
        apart = [(day, *row) for rows in self.apart.values() for row in rows]
        return Seen(tuple(sorted(rows, key=str)), tuple(sorted(apart, key=str)))


def accepted_of(name: str, file: File) -> tuple[Line, ...]:
    pairs = [(number, line.split(",")) for number, line in enumerate(file or (), start=1) if line != CORRUPT]
    return tuple((values[0] or None, values[1] or None, name, number) for number, values in pairs)


def apart_of(name: str, file: File) -> tuple[Row, ...]:
    if file is None:
        return ((("file__readable",), None, name, None),)
    return tuple((("record__readable",), CORRUPT, name, n) for n, line in enumerate(file, start=1) if line == CORRUPT)


@dataclass(frozen=True)
class SilverDay:
    """A day of the silver table: its rows, those in quarantine with why, and what it was made from."""

    made_from: Any = None
    accepted: tuple[Line, ...] = ()
    apart: tuple[tuple[tuple[str, ...], Line], ...] = ()

    def replayed(self, contract: str) -> SilverDay:
        """The day once those rows joined that break no rule of today's contract and whose key nobody has."""
        good = [(failed, line) for failed, line in self.apart if not broken(line, contract)]
        keys = Counter(int(line[0] or 0) for _, line in good) + Counter(int(line[0] or 0) for line in self.accepted)
        joining = [pair for pair in good if keys[int(pair[1][0] or 0)] == 1]
        return replace(
            self,
            accepted=(*self.accepted, *(line for _, line in joining)),
            apart=tuple(pair for pair in self.apart if pair not in joining),
        )

    def seen(self, day: str) -> Seen:
        rows = [(day, int(line[0] or 0), int(line[1] or 0), *line[2:]) for line in self.accepted]
        apart = [(day, failed, _raw(day, line), *line[2:]) for failed, line in self.apart]
        return Seen(tuple(sorted(rows, key=str)), tuple(sorted(apart, key=str)))


def made(lines: Iterable[Line], contract: str, made_from: Any) -> SilverDay:
    """A day of the silver table as it is made of these bronze rows."""
    judged = [(broken(line, contract), line) for line in lines]
    keys = Counter(int(line[0] or 0) for failed, line in judged if not failed)
    twice = {key for key, count in keys.items() if count > 1}
    judged = [((*failed, "unique__day__id") if _number(line[0]) in twice else failed, line) for failed, line in judged]
    accepted = tuple(line for failed, line in judged if not failed)
    return SilverDay(made_from, accepted, tuple((tuple(sorted(failed)), line) for failed, line in judged if failed))


def broken(line: Line, contract: str) -> tuple[str, ...]:
    failed = []
    for name, text in zip(("id", "n"), line[:2], strict=True):
        if _number(text) is None:
            failed += [f"{name}__not_null", *([f"{name}__castable"] if text is not None else [])]
    n = _number(line[1])
    return (*failed, *(rule for rule, holds in BOUNDS[contract].items() if n is not None and not holds(n)))


def _number(text: str | None) -> int | None:
    return int(text) if text and text.lstrip("-").isdigit() else None


def _raw(day: str, line: Line) -> str:
    row = {"day": day, "id": line[0], "n": line[1]}
    return json.dumps({name: value for name, value in row.items() if value is not None}, separators=(",", ":"))
