"""A lake as the report sees it, without a lake: 20 tables of 365 partitions, with names meant to break a page."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from lakehouse_assets.operate.health import Health
from lakehouse_assets.operate.neglect import Neglect
from lakehouse_assets.operate.report.facts import PHASES, Facts, Run
from lakehouse_assets.operate.report.failures import Failure
from lakehouse_assets.operate.state import Failing, State

NOW = datetime(2026, 3, 1, 6, tzinfo=UTC)
NASTY = "<img src=x onerror=alert(1)>\"&'</svg></style><script>"
DAYS = tuple((date(2025, 1, 1) + timedelta(days=i)).isoformat() for i in range(365))


def a_lake(
    tables: int = 20, days: tuple[str, ...] = DAYS, *, name: str = "silver/t", rate: float | None = 2.0
) -> Facts:
    """Facts in which something is wrong of every kind."""
    states = tuple(_state(f"{name}{i}", i, days) for i in range(tables))
    runs = tuple(
        Run(
            table=state.id,
            at=NOW - timedelta(hours=i),
            run_id=f"run-{i}",
            span=f"{days[0]} to {days[-1]}",
            rows=1_000,
            seconds=10.0 + i,
            phases=dict(zip(PHASES, (1.0, 6.0, 0.5, 0.5), strict=True)),
            cost=None if rate is None else rate * (10 + i) / 3600,
        )
        for i, state in enumerate(states)
    )
    failures = (
        Failure(NOW - timedelta(hours=2), "0a1b-2c", (states[0].id,), days[0], (f"{states[0].id} rule_{name}",)),
        Failure(NOW - timedelta(hours=5), "3d4e-5f", tuple(s.id for s in states[:2]), f"{days[0]} to {days[-1]}"),
    )
    return Facts("/srv/lake", NOW, NOW - timedelta(days=30), states, runs, failures)


def _state(id_: str, i: int, days: tuple[str, ...]) -> State:
    cells = {day: 1 + n % 40 for n, day in enumerate(days) if n % 3 == 0}
    return State(
        id=id_,
        owners=(f"team:{id_}" if id_.count("<") else f"team:{i % 4}",),
        partitions=days,
        health=Health(
            rows={day: 1_000 + (n * 37 + i * 11) % 400 for n, day in enumerate(days)},
            sizes=[30_000 + 1_000 * (n % 50) for n in range(len(days))],
            score=float(i % 12),
            made_at=NOW - timedelta(hours=3 * i),
            maintained_at=NOW - timedelta(days=i) if i % 2 else None,
            commits=100 + i,
        ),
        version=99 + i,
        stale=i % 3,
        within=timedelta(hours=24) if i % 2 else None,
        quarantined=cells,
        rules_broken={f"rule_{id_}": sum(cells.values())},
        failing=(
            Failing(f"rule_{id_}", cells, of_rows=True, blocks=True, refused=i % 7 == 0),
            Failing("volume", {days[3]: 1}, of_rows=False, blocks=False, refused=False),
        ),
        neglected=(Neglect("checkpoint", 1.2, "60 commits since the last checkpoint", quarantine=i % 8 == 1),)
        if i % 4 == 1
        else (),
    )
