"""Deliveries, runs, crashes, replays, drops and maintenance in any order, beside a model of what must be there."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deltalake import DeltaTable
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from lakehouse_assets.declare.targets import range_of
from lakehouse_assets.errors import ConflictError
from lakehouse_assets.making import RefusedLoadError, prepare
from lakehouse_assets.publish.publication import publish
from lakehouse_assets.publish.target import Origin
from lakehouse_assets.replaying import Reason, drop_rows, replay_table
from lakehouse_assets_tests.breaking.model import CORRUPT, DAYS, SILVER, Visits
from lakehouse_assets_tests.breaking.modelled import Modelled
from lakehouse_assets_tests.breaking.tables import Seen, no_engine, seen

if TYPE_CHECKING:
    from lakehouse_assets_tests.breaking.model import File

WHY = Reason("ann", "because")
PLACES = ("bronze/visits", "silver/visits", "quarantine/bronze_visits", "quarantine/silver_visits")
one_day = st.sampled_from(DAYS)
some_days = st.lists(one_day, min_size=1, max_size=3, unique=True).map(sorted)
a_name = st.sampled_from(["a.csv", "b's.csv", "ü c.csv"])
a_line = st.one_of(
    st.tuples(st.sampled_from(["1", "2", "3", "4"]), st.sampled_from(["1", "3", "7", "-2", "-9", "x", ""])).map(
        ",".join
    ),
    st.just(CORRUPT),
)
a_file = st.one_of(st.none(), *[st.lists(a_line, max_size=4).map(tuple)] * 4)
# The step on storage at which the process dies, if it does.
a_crash = st.one_of(st.none(), st.none(), st.integers(1, 45))


class Lakehouse(Modelled):
    """What may happen, one writer at a time unless a rule says otherwise; and what must be so always."""

    @initialize(
        gone=st.sampled_from(["kept", "withdrawn"]),
        unreadable=st.sampled_from(["refused", "quarantined"]),
        files=st.lists(st.tuples(one_day, a_name, a_file), min_size=1, max_size=6),
        crash=a_crash,
    )
    def a_lake_is_begun(
        self, gone: Any, unreadable: Any, files: list[tuple[str, str, File]], crash: int | None
    ) -> None:
        self.visits = dataclasses.replace(Visits, gone=gone, unreadable=unreadable)
        for day, name, file in files:
            self.send(day, name, file)
        self.run_days(list(DAYS), crash, None)

    # What senders do.

    @rule(day=one_day, name=a_name, file=a_file)
    def a_file_arrives_or_changes(self, day: str, name: str, file: File) -> None:
        self.send(day, name, file)

    @precondition(lambda self: any(self.landing.values()))
    @rule(day=one_day)
    def files_are_sent_again_unchanged(self, day: str) -> None:
        for name in self.landing[day]:
            os.utime(Path(self.lake.landing, name))

    @precondition(lambda self: any(self.landing.values()))
    @rule(day=one_day, name=a_name)
    def a_file_is_deleted(self, day: str, name: str) -> None:
        if f"visits/{day}/{name}" in self.landing[day]:
            del self.landing[day][f"visits/{day}/{name}"]
            Path(self.lake.landing, "visits", day, name).unlink()

    # What the platform does.

    @rule(days=some_days, crash_of_bronze=a_crash, crash_of_silver=a_crash)
    def a_run(self, days: list[str], crash_of_bronze: int | None, crash_of_silver: int | None) -> None:
        self.run_days(days, crash_of_bronze, crash_of_silver)

    @rule(day=one_day, name=a_name, file=a_file, crash_of_bronze=a_crash, crash_of_silver=a_crash)
    def a_file_arrives_and_a_run(
        self, day: str, name: str, file: File, crash_of_bronze: int | None, crash_of_silver: int | None
    ) -> None:
        self.send(day, name, file)
        self.run_days(list(DAYS), crash_of_bronze, crash_of_silver)

    @precondition(lambda self: any(day.apart for day in self.silver.values()))
    @rule(days=some_days, crash=a_crash)
    def replay_silver(self, days: list[str], crash: int | None) -> None:
        if not any(self.silver[day].apart for day in days):
            return
        after = {**self.silver, **{day: self.silver[day].replayed(self.contract) for day in days}}
        self.change("silver", after, lambda: replay_table(self.typed, self.lake, self.spark, days, WHY), crash)

    @precondition(lambda self: any(any(day.apart.values()) for day in self.bronze.values()))
    @rule(crash=a_crash)
    def replay_bronze(self, crash: int | None) -> None:
        days = [day for day in DAYS if any(self.bronze[day].apart.values()) and self.landing[day]]
        action = lambda: replay_table(self.visits, self.lake, no_engine, None, WHY)  # noqa: E731
        self.reload(days, action, crash, force=True)

    @precondition(lambda self: any(day.apart for day in (*self.bronze.values(), *self.silver.values())))
    @rule(days=some_days, which=st.sampled_from([None, "n__gt", "n__castable", "record__readable"]))
    def drop_quarantined_rows(self, days: list[str], which: str | None) -> None:
        for day in days:
            bronze, silver = self.bronze[day], self.silver[day]
            kept = {n: tuple(r for r in rows if which and which not in r[0]) for n, rows in bronze.apart.items()}
            self.bronze[day] = dataclasses.replace(bronze, apart=kept)
            left = tuple(pair for pair in silver.apart if which and which not in pair[0])
            self.silver[day] = dataclasses.replace(silver, apart=left)
        drop_rows(self.visits, self.lake, days, which, WHY)
        drop_rows(self.typed, self.lake, days, which, WHY)

    @rule(contract=st.sampled_from(sorted(SILVER)))
    def the_rules_change(self, contract: str) -> None:
        self.contract = contract

    # What others do.

    @precondition(lambda self: self.loaded)
    @rule(place=st.sampled_from(PLACES), work=st.sampled_from(["compact", "checkpoint", "vacuum"]))
    def somebody_maintains(self, place: str, work: str) -> None:
        url = f"{self.lake.root}/{place}"
        if not DeltaTable.is_deltatable(url):
            return
        table = DeltaTable(url)
        if work == "compact":
            table.optimize.compact()
        elif work == "checkpoint":
            table.create_checkpoint()
        else:
            table.vacuum(0, dry_run=False, enforce_retention_duration=False)

    @rule(mine=some_days, theirs=some_days, compacted=st.booleans())
    def another_run_is_faster(self, mine: list[str], theirs: list[str], compacted: bool) -> None:
        if not any(self.landing[day] or self.bronze[day].held for day in mine):
            return
        try:
            slow = prepare(self.visits, self.lake, range_of(self.visits, mine), {}, "slow").judged
        except RefusedLoadError:
            self.after_refusal(mine)
            return
        changed = self.due(theirs)
        if not self.load(theirs, None):  # refused: only what could not be read was recorded
            changed = {day for day in changed if any(file is None for file in self.landing[day].values())}
        if compacted and DeltaTable.is_deltatable(self.url("bronze")):
            DeltaTable(self.url("bronze")).optimize.compact()
        if slow is None:
            return
        mine_too = changed & set(slow.range.keys)
        after = None if mine_too else self.after_load(slow.range.keys)[0]
        before = self.version("bronze")
        try:
            publish(slow, Origin("slow"))
        except ConflictError:
            assert self.version("bronze") == before
            assert mine_too or compacted
        else:
            assert not mine_too
            assert after is not None
            self.bronze = after
            self.loaded |= set(slow.range.keys)

    # Always.

    @precondition(lambda self: hasattr(self, "visits"))
    @invariant()
    def every_delivered_row_is_in_exactly_one_place(self) -> None:
        for table, days in ((self.visits, self.bronze), (self.typed, self.silver)):
            parts = [days[day].seen(day) for day in DAYS]
            expected = Seen(*(tuple(sorted((r for p in parts for r in getattr(p, place)), key=str))
                              for place in ("accepted", "quarantined")))  # fmt: skip
            assert seen(table, self.lake) == expected
