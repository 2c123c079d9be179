"""Calendars: how a table is cut into partitions. Pure date arithmetic; Dagster's view is built elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Literal

from lakehouse_assets.errors import UnknownPartitionError


@dataclass(frozen=True)
class Calendar:
    """Days or weeks, each a partition whose key is the ISO date it starts on.

    `column` is the table column (a date) that holds the key. `end` is exclusive; without it the calendar
    grows to the last complete partition. A week starts on the weekday of `start`, at `hour` o'clock UTC:
    a week that starts at 05:00 overlaps eight calendar days, and `overlapping` says so.
    """

    column: str
    cadence: Literal["daily", "weekly"]
    start: date
    end: date | None = None
    hour: int = 0

    @property
    def step(self) -> timedelta:
        """The length of one partition."""
        return timedelta(days=1 if self.cadence == "daily" else 7)

    def keys(self) -> tuple[str, ...]:
        """Every partition key, oldest first."""
        return self._fixed_keys if self.end else self._keys_until(self._today)

    @cached_property
    def _fixed_keys(self) -> tuple[str, ...]:
        return self._keys_until(self.end or self.start)

    def _keys_until(self, end: date) -> tuple[str, ...]:
        return tuple(self._key(i) for i in range(self._number_until(end)))

    def _number_until(self, end: date) -> int:
        return max(0, (end - self.start) // self.step)

    @property
    def _count(self) -> int:
        return self._number_until(self.end or self._today)

    @property
    def _today(self) -> date:
        return (datetime.now(UTC) - timedelta(hours=self.hour)).date()

    def between(self, first: str | None, last: str | None) -> tuple[str, ...]:
        """The keys whose partitions overlap the days from `first` to `last`, both included.

        Raises UnknownPartitionError for a date that is none or an interval that holds no partition.
        """
        keys = self.keys()
        low = _midnight(first) if first else None
        high = _midnight(last) + timedelta(days=1) if last else None
        windows = ((key, *self.window(key)) for key in keys)
        chosen = tuple(key for key, start, end in windows if (not high or start < high) and (not low or end > low))
        if not chosen:
            raise UnknownPartitionError(
                f"no {self.cadence} partition lies within --from {first or 'the first'} --to {last or 'the last'}",
                remedy=f"partitions run {self._span(keys)}; choose days within them",
            )
        return chosen

    def require(self, key: str) -> str:
        """Return `key`, or raise UnknownPartitionError naming the keys that exist."""
        keys = self.keys()
        if key not in set(keys):
            raise UnknownPartitionError(
                f"{key!r} is not a {self.cadence} partition",
                remedy=f"keys are ISO dates {self._span(keys)}",
            )
        return key

    def _span(self, keys: tuple[str, ...]) -> str:
        return f"from {keys[0]} to {keys[-1]}" if keys else f"from {self.start} on; none is complete yet"

    def window(self, key: str) -> tuple[datetime, datetime]:
        """The half-open interval of time that a partition covers."""
        start = _midnight(key) + timedelta(hours=self.hour)
        return start, start + self.step

    def overlapping(self, keys: tuple[str, ...], of: Calendar) -> tuple[str, ...]:
        """The partitions of this calendar that overlap any of `keys` of the calendar `of`."""
        if self == of:
            return keys
        return tuple(self._key(i) for i in sorted({i for key in keys for i in self._touched_by(*of.window(key))}))

    def _touched_by(self, low: datetime, high: datetime) -> range:
        """The numbers of the partitions that overlap an interval."""
        first = _midnight(self.start.isoformat()) + timedelta(hours=self.hour)
        return range(max(0, (low - first) // self.step), min(self._count, -((first - high) // self.step)))

    def _key(self, number: int) -> str:
        return (self.start + number * self.step).isoformat()


def _midnight(text: str) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(text), datetime.min.time())
    except ValueError:
        raise UnknownPartitionError(
            f"{text!r} is not a date", remedy="write dates as YYYY-MM-DD, for example 2017-01-31"
        ) from None
