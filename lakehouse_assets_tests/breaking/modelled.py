"""A lake of two tables beside a model of what must be there, and the steps by which both change together."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest
from deltalake import DeltaTable
from hypothesis.stateful import RuleBasedStateMachine

from lakehouse_assets import catalog
from lakehouse_assets.lake import Lake
from lakehouse_assets.making import RefusedLoadError, make
from lakehouse_assets.settings import Settings
from lakehouse_assets_tests.breaking.model import DAYS, SILVER, BronzeDay, SilverDay, made
from lakehouse_assets_tests.breaking.steps import Life, PowerCut, living
from lakehouse_assets_tests.breaking.tables import deliver, no_engine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pyspark.sql import SparkSession

    from lakehouse_assets.declare.table import Table
    from lakehouse_assets_tests.breaking.model import File


class Modelled(RuleBasedStateMachine):
    """A bronze and a silver table of three days, in a folder of their own, and what the model says of each day."""

    visits: Table
    session: SparkSession

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        home = Path(self.folder.name)
        self.lake = Settings(home, str(home / "lake"), str(home / "landing"), "embedded")
        self.landing: dict[str, dict[str, File]] = {day: {} for day in DAYS}
        self.bronze = {day: BronzeDay() for day in DAYS}
        self.loaded: set[str] = set()  # days of which a load was published
        self.silver = {day: SilverDay() for day in DAYS}
        self.contract = "Positive"
        self.patched = patch.object(catalog, "tables", self.tables)
        self.patched.start()

    def teardown(self) -> None:
        self.patched.stop()
        self.folder.cleanup()

    def tables(self) -> dict[str, Table]:
        return {"bronze/visits": self.visits, "silver/visits": self.typed}

    @property
    def typed(self) -> Table:
        return SILVER[self.contract]

    def send(self, day: str, name: str, file: File) -> None:
        text = "" if file is None else "id,n\n" + "".join(f"{line}\n" for line in file)
        deliver(self.lake, day, name, text)
        self.landing[day][f"visits/{day}/{name}"] = file

    def run_days(self, days: list[str], crash_of_bronze: int | None, crash_of_silver: int | None) -> None:
        if self.load(days, crash_of_bronze) and self.compute(days, crash_of_silver):
            before = self.versions()
            assert self.load(days, None) is True
            assert self.compute(days, None)
            assert self.versions() == before, "a run right after a run changed something"

    def load(self, days: list[str], crash: int | None) -> bool:
        """Load what is due of these days; whether the process lives and was not refused."""
        there = [day for day in days if self.landing[day] or self.bronze[day].held]
        if not there:
            return True
        return self.reload(days, lambda: make(self.visits, self.lake, no_engine, days), crash, force=False)

    def reload(self, days: list[str], action: Callable[[], Any], crash: int | None, *, force: bool) -> bool:
        after, refused = self.after_load(days, force=force)
        if after is None:
            return self.change("bronze", self.bronze, action, None)
        due = self.due(days, force=force)
        lives = self.change("bronze", after, action, crash, RefusedLoadError if refused else None)
        if not refused and self.bronze is after:
            self.loaded |= due
        return lives and not refused

    def due(self, days: Iterable[str], *, force: bool = False) -> set[str]:
        return {day for day in days if self.loaded_day(day, force=force) is not None}

    def loaded_day(self, day: str, *, force: bool = False) -> BronzeDay | None:
        withdraws = self.visits.gone == "withdrawn"
        return self.bronze[day].loaded(self.landing[day], withdraws=withdraws, force=force)

    def after_load(self, days: Iterable[str], *, force: bool = False) -> tuple[dict[str, BronzeDay] | None, bool]:
        """The days after a load, None where nothing is due; and whether files that cannot be read refuse it."""
        anew = {day: there for day in days if (there := self.loaded_day(day, force=force)) is not None}
        if not anew:
            return None, False
        unreadable = {
            day: [
                n
                for n, f in self.landing[day].items()
                if f is None and (force or self.bronze[day].held.get(n, ()) is not None)
            ]
            for day in anew
        }
        unreadable = {day: names for day, names in unreadable.items() if names}
        if unreadable and self.visits.unreadable == "refused":
            back = {day: self.bronze[day].held_back(names) for day, names in unreadable.items()}
            return {**self.bronze, **back}, True
        return {**self.bronze, **anew}, False

    def after_refusal(self, days: list[str]) -> None:
        after, refused = self.after_load(days)
        assert refused
        self.bronze = after or self.bronze

    def compute(self, days: list[str], crash: int | None) -> bool:
        """Make the silver days that are due; whether the process lives."""
        tokens = {day: (self.contract, tuple(sorted(self.bronze[day].held.items()))) for day in days}
        due = [day for day in days if day in self.loaded and self.silver[day].made_from != tokens[day]]
        assert Lake(self.lake).stale(self.typed, days) == due
        if not due:
            return True
        anew = {
            day: made(
                [line for lines in self.bronze[day].accepted.values() for line in lines], self.contract, tokens[day]
            )
            for day in due
        }
        action = lambda: make(self.typed, self.lake, self.spark, due)  # noqa: E731
        return self.change("silver", {**self.silver, **anew}, action, crash)

    def change(
        self,
        layer: str,
        after: dict[str, Any],
        action: Callable[[], Any],
        crash: int | None,
        refusal: type[Exception] | None = None,
    ) -> bool:
        """Do something that is one commit of a table, and may die: the table is as before, or as after."""
        before, died = self.version(layer), False
        with living(Life(crash)):
            try:
                if refusal is None:
                    action()
                else:
                    with pytest.raises(refusal):
                        action()
            except PowerCut:
                died = True
        if not died or self.version(layer) != before:
            setattr(self, layer, after)
        return not died

    def url(self, layer: str) -> str:
        return self.lake.table_url(layer, "visits")

    def version(self, layer: str) -> int:
        return DeltaTable(self.url(layer)).version() if DeltaTable.is_deltatable(self.url(layer)) else -1

    def versions(self) -> list[int]:
        urls = [
            *map(self.url, ("bronze", "silver")),
            *(self.lake.quarantine_url(x, "visits") for x in ("bronze", "silver")),
        ]
        return [DeltaTable(url).version() if DeltaTable.is_deltatable(url) else -1 for url in urls]

    def spark(self) -> SparkSession:
        return self.session
