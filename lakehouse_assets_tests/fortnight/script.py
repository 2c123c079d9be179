"""Two weeks, day by day: what is delivered, what goes wrong, and a daemon that nobody looks after.

`python -m lakehouse_assets_tests.fortnight.script <folder>` plays it in a home of its own below the folder, and leaves
what was seen there as `seen.json`. It starts itself anew by a clock that it sets.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lakehouse_assets_tests.fortnight.clock import FILE, Clock

if TYPE_CHECKING:
    from lakehouse_assets_tests.fortnight.daemon import Daemon
    from lakehouse_assets_tests.fortnight.deliveries import Sender
    from lakehouse_assets_tests.resources.notifiers.servers import Hook

DAYS = [str(date(2017, 1, 1) + timedelta(days=n)) for n in range(14)]
ALERTS = """
otherwise = ["team"]
storm = 50
remind_hours = 1000
[channels]
team = "TEAM_URL"
"""
TURN = timedelta(seconds=65)  # every sensor looks once a turn, the alerts too, and before a second try is due
QUIET = 3  # turns without a new run after which a day is over
HOURS = 8
CRUMBS = 40  # files of a day; a bronze partition is compacted from a score of 32 on
LONG = 60  # turns after which a day that does not come to rest is a failure


class Fortnight:
    """The world of the script: its clock, its sender, and the daemon."""

    def __init__(self, clock: Clock, sender: Sender, daemon: Daemon, told: Hook) -> None:
        self.clock, self.sender, self.daemon, self.told = clock, sender, daemon, told
        self.problems: list[str] = []
        self.runs_by_day: list[dict[str, int]] = []
        self.told_by_day: list[list[str]] = []

    def play(self) -> None:
        """All days: at two in the morning what the day brings, then turns of the daemon until it is quiet."""
        for number in range(len(DAYS)):
            EVENTS.get(number + 1, deliver_today)(self, number)
            self.until_quiet()
            self.runs_by_day.append({status.value: n for status, n in self.daemon.runs().items()})
            self.told_by_day.append(sorted(body["title"] for body in self.told.bodies))
            self.told.bodies.clear()
            self.clock.advance(timedelta(hours=24))
        for _ in range(HOURS):  # nothing comes any more, and maintenance gets to every table
            self.clock.advance(timedelta(hours=1))
            self.until_quiet()

    def until_quiet(self) -> None:
        """Turns of the daemon until nothing is under way, nothing new begins, and no second try is waited for."""
        still, before = 0, self.daemon.runs()
        for _ in range(LONG):
            self.problems += map(str, self.daemon.turn())
            self.clock.advance(TURN)
            now = self.daemon.runs()
            still, before = (still + 1 if now == before else 0), now
            if still >= QUIET:
                return
        raise TimeoutError(f"after {LONG} turns there is still something new: {before}")


def deliver_today(world: Fortnight, number: int) -> None:
    """The day's file, on its day."""
    world.sender.day(DAYS[number])


def first_day(world: Fortnight, number: int) -> None:
    """The masters come with the first day."""
    world.sender.masters()
    deliver_today(world, number)


def late_day(world: Fortnight, number: int) -> None:
    """Nothing comes; the day's file will be two days late."""


def killed_run(world: Fortnight, number: int) -> None:
    """The day's file comes, and the process that loads it is killed."""
    from lakehouse_assets_tests.fortnight.daemon import Launcher

    deliver_today(world, number)
    Launcher.to_be_killed.append("bronze/transactions")


def two_days(world: Fortnight, number: int) -> None:
    """Today's file, and that of the day before yesterday."""
    world.sender.day(DAYS[number - 2])
    deliver_today(world, number)


def sent_again(world: Fortnight, number: int) -> None:
    """With today's file those of two earlier days come again, unchanged."""
    for earlier in (number - 4, number - 2):
        world.sender.day(DAYS[earlier])
    deliver_today(world, number)


def half_a_day(world: Fortnight, number: int) -> None:
    """Only half of the day's lines."""
    world.sender.put(DAYS[number], world.sender.half(DAYS[number], first=True))


def other_half(world: Fortnight, number: int) -> None:
    """The rest of yesterday in a file of its own, and today's file, which is no text at all."""
    yesterday = DAYS[number - 1]
    world.sender.put(yesterday, world.sender.half(yesterday, first=False), "rest.csv")
    world.sender.put(DAYS[number], "PAR1\0\0\0 this was to be something else")


def mended(world: Fortnight, number: int) -> None:
    """Yesterday's file as it should have been, and today's with nonsense among its amounts."""
    world.sender.day(DAYS[number - 1])
    world.sender.put(DAYS[number], world.sender.nonsense(DAYS[number]))


def corrected(world: Fortnight, number: int) -> None:
    """Yesterday's true amounts, and a run of each layer is killed."""
    from lakehouse_assets_tests.fortnight.daemon import Launcher

    world.sender.day(DAYS[number - 1])
    deliver_today(world, number)
    Launcher.to_be_killed += ["bronze/transactions", "silver/transactions", "gold/product_performance"]


def crumbled(world: Fortnight, number: int) -> None:
    """The day comes in many files of a few lines, so that what is made of it is to be compacted."""
    for part, text in enumerate(world.sender.parts(DAYS[number], CRUMBS)):
        world.sender.put(DAYS[number], text, f"part-{part:02}.csv")


EVENTS: dict[int, Callable[[Fortnight, int], None]] = {
    1: first_day,
    2: late_day,
    3: killed_run,
    4: two_days,
    6: sent_again,
    7: half_a_day,
    8: other_half,
    9: mended,
    10: corrected,
    12: crumbled,
}


def main(folder: str) -> None:
    """Play, and write down what was seen."""
    home = Path(folder) / "disturbed"
    if FILE not in os.environ:
        home.mkdir(parents=True)
        given = Clock(home / "clock").environment()
        given |= {"LAKEHOUSE_HOME": str(home), "DAGSTER_HOME": str(home / "dagster")}
        os.execve(sys.executable, [sys.executable, "-m", __spec__.name, folder], os.environ | given)
    (Path(folder) / "seen.json").write_text(json.dumps(play(Path(folder))))


def play(folder: Path) -> dict[str, Any]:
    """Play all days in the home that the environment names; returns what was seen."""
    from dagster import DagsterInstance

    from lakehouse_assets.cli.report import report
    from lakehouse_assets.settings import Settings
    from lakehouse_assets_tests.fortnight.daemon import Daemon
    from lakehouse_assets_tests.fortnight.daemon import settings as dagster_settings
    from lakehouse_assets_tests.fortnight.deliveries import Sender
    from lakehouse_assets_tests.resources.notifiers.servers import hook

    settings, clock = Settings.from_environment(), Clock.of_this_process()
    settings.dagster_home.mkdir(parents=True)
    (settings.dagster_home / "dagster.yaml").write_text(dagster_settings())
    (settings.home / "alerts.toml").write_text(ALERTS)
    clock.advance(timedelta(hours=2))
    with hook() as told, DagsterInstance.get() as instance, Daemon.over(instance) as daemon:
        os.environ["TEAM_URL"] = told.url
        world = Fortnight(clock, Sender(folder / "source", Path(settings.landing)), daemon, told)
        world.play()
        report(settings.home / "report.html")
        now = clock.now().isoformat()
    return {"problems": world.problems, "runs": world.runs_by_day, "told": world.told_by_day, "now": now}


if __name__ == "__main__":
    main(*sys.argv[1:])
