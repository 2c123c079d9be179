"""`lakehouse maintain`: what tables need to stay fast and small, worst first, and the doing."""

from __future__ import annotations

import getpass
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table as Grid

from lakehouse_assets.cli.console import out, progress
from lakehouse_assets.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from lakehouse_assets.maintaining.doing import Done, Step
    from lakehouse_assets.maintaining.planning import Kind
    from lakehouse_assets.maintaining.upkeep import Upkeep

Names = Annotated[list[str] | None, typer.Argument(help="Tables or layers, each with its quarantine; all without.")]
Dry = Annotated[bool, typer.Option("--dry-run", help="Show what is due, and do nothing.")]
Only = Annotated[
    list[str] | None, typer.Option("--only", help="Only this task, such as compact or vacuum; repeatable.")
]
Files = Annotated[bool, typer.Option("--files", help="Name each file that a vacuum would delete.")]
KeepHours = Annotated[float | None, typer.Option(help="Hours for which a vacuum keeps what no version needs.")]
Why = Annotated[str, typer.Option("--override", help="Why less than the guard is kept; stays in the table's log.")]

LONGEST = 1_000_000  # hours, a century


def maintain(
    names: Names = None,
    dry_run: Dry = False,
    only: Only = None,
    files: Files = False,
    keep_hours: KeepHours = None,
    override: Why = "",
) -> None:
    """Show what is due of tables, worst first, and do it: join files, sort, checkpoint, clean the log, vacuum."""
    from lakehouse_assets.maintaining.doing import perform
    from lakehouse_assets.maintaining.guard import Override
    from lakehouse_assets.maintaining.upkeep import Wish, survey
    from lakehouse_assets.operate.plan import select
    from lakehouse_assets.publish.claim import require_claim
    from resources.engines import engine_of

    settings = Settings.from_environment()
    wish = Wish(
        _kinds(only),
        _time(keep_hours),
        Override(getpass.getuser(), override) if override else None,
    )
    found = [one for table in select(names or []) for one in survey(table, settings, wish)]
    due = sorted((one for one in found if one.tasks), key=lambda one: -one.urgency)
    _show(found, due, files=files)
    if dry_run or not due:
        return
    require_claim(settings, *{one.id.split("/")[0] for one in due})
    with progress("maintaining") as say:
        _told([perform(one, lambda: engine_of(settings).maintenance, _said(one.id, say)) for one in due])


def _said(name: str, say: Callable[[str], None]) -> Callable[[Step], None]:
    return lambda step: say(f"{name}: {step.kind}{f' {step.slot}' if step.slot else ''}: {step.said}")


def _time(hours: float | None) -> timedelta | None:
    if hours is None:
        return None
    if not 0 <= hours <= LONGEST:  # nor is NaN
        raise typer.BadParameter(f"{hours:g} is no number of hours from 0 to {LONGEST:,}")
    return timedelta(hours=hours)


def _kinds(only: list[str] | None) -> tuple[Kind, ...]:
    from lakehouse_assets.maintaining.planning import KINDS

    unknown = sorted(set(only or ()) - set(KINDS))
    if unknown:
        raise typer.BadParameter(f"{', '.join(unknown)} is no task; tasks are {', '.join(KINDS)}")
    return tuple(kind for kind in KINDS if not only or kind in only)


def _show(found: list[Upkeep], due: list[Upkeep], *, files: bool) -> None:
    if not due:
        out.print(f"Nothing is due of {len(found):,} tables and quarantines.", highlight=False)
    grid = Grid("table", box=SIMPLE_HEAD, pad_edge=False)
    grid.add_column("task", no_wrap=True)
    grid.add_column("urgency", justify="right")
    grid.add_column("why", overflow="fold")
    for one in due:
        for task in one.tasks:
            grid.add_row(one.id, task.kind, f"{task.urgency:.1f}", task.why)
    if grid.row_count:
        out.print(grid)
    for one in found:
        for held in one.held:
            out.print(f"{one.id}: {held}", markup=False, highlight=False)
        for path in one.deletable.paths if files and one.deletable else ():
            out.print(f"{one.id}: {path}", markup=False, highlight=False, soft_wrap=True)


def _told(done: list[Done]) -> None:
    grid = Grid("table", box=SIMPLE_HEAD, pad_edge=False)
    for column in ("files", "MB", "small-file score", "commits to read", "yielded", "version"):
        grid.add_column(column, justify="right", no_wrap=True)
    for one in done:
        pairs = [
            f"{one.before[name] / unit:,.{digits}f} to {one.after[name] / unit:,.{digits}f}"
            for name, unit, digits in (
                ("files", 1, 0),
                ("bytes", 1e6, 1),
                ("small_file_score", 1, 1),
                ("commits_since_checkpoint", 1, 0),
            )
        ]
        grid.add_row(one.id, *pairs, str(one.yielded or "-"), str(one.version))
    out.print(grid)
