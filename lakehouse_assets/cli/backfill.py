"""`lakehouse backfill`: plan, start, follow, resume and cancel the making of many partitions."""

from __future__ import annotations

import json
import sys
from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table as Grid

from lakehouse_assets.cli.console import errors, out
from lakehouse_assets.cli.land import First, Last
from lakehouse_assets.settings import Settings

if TYPE_CHECKING:
    from dagster import DagsterInstance
    from dagster._core.definitions.assets.graph.base_asset_graph import BaseAssetGraph
    from dagster._core.execution.backfill import PartitionBackfill

    from lakehouse_assets.operate.backfill.plan import Plan
    from lakehouse_assets.operate.backfill.progress import Progress

app = typer.Typer(
    no_args_is_help=True,
    help="Make many partitions, by Dagster's daemon: only those that are missing, failed or out of date.",
)

Names = Annotated[
    list[str] | None,
    typer.Argument(help="Tables, as silver/transactions, or layers; `+gold/x` also makes what x reads. All without."),
]
Id = Annotated[str | None, typer.Argument(help="A backfill's id, or how it begins; the newest without.")]
Force = Annotated[bool, typer.Option("--force", help="Make good partitions again, too.")]
Runs = Annotated[bool, typer.Option("--runs", help="Also list the runs, in order.")]
All = Annotated[bool, typer.Option("--all", help="List the latest backfills, a line each.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object.")]


@app.command()
def plan(
    names: Names = None,
    first: First = None,
    last: Last = None,
    force: Force = False,
    runs: Runs = False,
    as_json: AsJson = False,
) -> None:
    """Say what a backfill would make and why, in which runs, and what that takes. Changes nothing."""
    from resources.dagster_home import open_instance

    settings = Settings.from_environment()
    with open_instance(settings) as instance:
        planned = _planned(names, first, last, settings, instance, force=force)
    if as_json:
        sys.stdout.write(json.dumps(_as_json(planned), ensure_ascii=False) + "\n")
        return
    _show_plan(planned, runs=runs)


@app.command()
def start(names: Names = None, first: First = None, last: Last = None, force: Force = False) -> None:
    """Plan, and have Dagster's daemon make it. Good partitions are left alone unless told by --force."""
    from lakehouse_assets.operate.backfill.launch import launch
    from lakehouse_assets.publish.claim import require_claim
    from resources.dagster_home import open_instance

    settings = Settings.from_environment()
    require_claim(settings)  # here rather than in each of its runs
    with open_instance(settings) as instance:
        planned = _planned(names, first, last, settings, instance, force=force)
        _show_plan(planned)
        if planned.chunks:
            _say_started(launch(planned, instance, _graph(), _title(names, first, last)), planned, instance)


@app.command()
def status(backfill_id: Id = None, every: All = False) -> None:
    """Show how far a backfill is: partitions made, failed and waiting, its runs, and why runs failed."""
    from lakehouse_assets.operate.backfill.launch import LOOKED_AT, find, together
    from lakehouse_assets.operate.backfill.progress import daemon_is_there, progress_of
    from resources.dagster_home import open_instance

    with open_instance(Settings.from_environment()) as instance:
        if every:
            found = [b for b in instance.get_backfills(limit=LOOKED_AT) if b.is_asset_backfill]
            out.print(_list([progress_of(backfill, instance) for backfill in found]))
            return
        shown = [progress_of(backfill, instance) for backfill in together(instance, find(instance, backfill_id))]
        for progress in shown:
            _show(progress)
        if not all(progress.over for progress in shown) and not daemon_is_there(instance):
            _say_no_daemon()


@app.command()
def resume(backfill_id: Id = None) -> None:
    """Make what is left of a backfill that failed, was cancelled or was cut off; what was made stays as it is.

    What failed for good is made by runs of one partition each, so that one bad partition holds back no other.
    """
    from lakehouse_assets.operate.backfill.launch import launch
    from lakehouse_assets.operate.backfill.progress import daemon_is_there
    from lakehouse_assets.operate.backfill.resuming import rest_of
    from lakehouse_assets.publish.claim import require_claim
    from resources.dagster_home import open_instance

    settings = Settings.from_environment()
    require_claim(settings)
    with open_instance(settings) as instance:
        rest = rest_of(backfill_id, settings, instance)
        if rest.why_nothing:
            out.print(rest.why_nothing)
            if rest.under_way and not daemon_is_there(instance):
                _say_no_daemon()
            return
        _show_plan(rest.plan)
        _say_started(launch(rest.plan, instance, _graph(), rest.title, after=rest.of), rest.plan, instance)


@app.command()
def cancel(backfill_id: Id = None) -> None:
    """End the runs of a backfill and start no more of them; what was published stays."""
    from lakehouse_assets.operate.backfill.launch import cancel as end
    from lakehouse_assets.operate.backfill.launch import find, together
    from lakehouse_assets.operate.backfill.progress import daemon_is_there
    from resources.dagster_home import open_instance

    with open_instance(Settings.from_environment()) as instance:
        chosen = together(instance, find(instance, backfill_id))
        for backfill in [b for b in chosen if not b.backfill_end_timestamp] or chosen:
            end(instance, backfill)
            out.print(f"Backfill {backfill.backfill_id} is being cancelled. What is left: `lakehouse backfill resume`.")
        if not daemon_is_there(instance):
            _say_no_daemon()


def _graph() -> BaseAssetGraph[Any]:
    from lakehouse_assets.definitions import defs

    return defs.resolve_asset_graph()


def _planned(
    names: list[str] | None,
    first: str | None,
    last: str | None,
    settings: Settings,
    instance: DagsterInstance,
    *,
    force: bool,
) -> Plan:
    from lakehouse_assets.operate.backfill.plan import make_plan, wanted
    from lakehouse_assets.operate.plan import select

    tables = select(names or [])
    with errors.status("looking for what is due"):
        return make_plan(tables, wanted(tables, first, last), settings, instance, force=force)


def _show_plan(planned: Plan, *, runs: bool = False) -> None:
    from lakehouse_assets.operate.backfill.words import estimate_said

    if not planned.chunks:
        good = sum(line.good for line in planned.lines)
        out.print(f"Nothing to do: {good:,} partitions hold what they would be made from now.")
        if good:
            out.print("Remedy: --force makes good partitions again.", style="dim")
        return
    grid = Grid("table", box=SIMPLE_HEAD, pad_edge=False)
    for name in ("make", "why", "from", "to", "good, left alone", "runs", "rows", "seconds"):
        grid.add_column(name, justify="left" if name in ("why", "from", "to") else "right")
    for line in planned.lines:
        if line.slots:
            grid.add_row(
                line.table,
                f"{len(line.slots):,}",
                ", ".join(f"{count:,} {reason}" for reason, count in Counter(line.reasons).most_common()),
                line.slots[0],
                line.slots[-1] if len(line.slots) > 1 else "",
                f"{line.good:,}" if line.good else "-",
                str(line.runs),
                "no past run" if line.rows is None else f"{line.rows:,.0f}",
                "no past run" if line.seconds is None else f"{line.seconds:,.1f}",
            )
    out.print(grid)
    if runs:
        for number, chunk in enumerate(planned.chunks, 1):
            out.print(f"{number}. {chunk}", soft_wrap=True)
    out.print(estimate_said(planned), soft_wrap=True)


def _as_json(planned: Plan) -> dict[str, Any]:
    taken = planned.estimate
    return {
        "tables": {table: {s: str(r) for s, r in slots.items()} for table, slots in planned.needs.by_table.items()},
        "good": dict(planned.needs.good),
        "runs": [{"tables": [t.id for t in chunk.tables], "partitions": chunk.keys} for chunk in planned.chunks],
        "rows": round(taken.rows),
        "seconds": round(taken.seconds, 1),
        "cost": taken.cost,
        "without_past_run": taken.unknown,
    }


def _title(names: list[str] | None, first: str | None, last: str | None) -> str:
    days = f" from {first}" * bool(first) + f" to {last}" * bool(last)
    return f"{' '.join(names or ['all tables'])}{days}"[:100]


def _say_started(begun: list[PartitionBackfill], planned: Plan, instance: DagsterInstance) -> None:
    from lakehouse_assets.operate.backfill.progress import daemon_is_there

    first = begun[0].backfill_id
    if len(begun) > 1:
        out.print(
            f"Started backfills {' and '.join(b.backfill_id for b in begun)}, as what failed for good goes alone;"
        )
        out.print(f"`lakehouse backfill status {first}` says how far they are.")
    else:
        out.print(f"Started backfill {first}; `lakehouse backfill status {first}` says how far it is.")
    if waiting := planned.lanes.wait:
        names = ", ".join(dict.fromkeys(table.id for chunk in waiting for table in chunk.tables))
        out.print(f"{len(waiting):,} runs of {names} wait for these: give the same command once they have ended.")
    if not daemon_is_there(instance):
        _say_no_daemon()


def _say_no_daemon() -> None:
    out.print("[yellow]No Dagster daemon is running: the work goes on as soon as one does (`lakehouse dev`).[/]")


def _list(found: list[Progress]) -> Grid | str:
    if not found:
        return "There was no backfill yet."
    grid = Grid("id", "what", "state", "begun", box=SIMPLE_HEAD, pad_edge=False)
    for name in ("partitions", "made", "failed"):
        grid.add_column(name, justify="right")
    for progress in found:
        counts = (sum(getattr(s, name) for s in progress.standings) for name in ("wanted", "made", "failed"))
        grid.add_row(
            progress.id,
            progress.title,
            progress.state,
            f"{progress.begun:%Y-%m-%d %H:%M:%S}",
            *(f"{count:,}" if count else "-" for count in counts),
        )
    return grid


def _show(progress: Progress) -> None:
    forced = ", good partitions included" if progress.force else ""
    out.print(f"Backfill {progress.id} ({progress.title}{forced}): [bold]{progress.state}[/]", soft_wrap=True)
    ended = f", ended {progress.ended:%H:%M:%S}" if progress.ended else ""
    out.print(f"Begun {progress.begun:%Y-%m-%d %H:%M:%S} UTC{ended}")
    grid = Grid("table", box=SIMPLE_HEAD, pad_edge=False)
    names = ("wanted", "made", "running", "waiting", "failed")
    for name in names:
        grid.add_column("not begun" if progress.over and name == "waiting" else name, justify="right")
    for standing in progress.standings:
        grid.add_row(standing.table, *(f"{n:,}" if (n := getattr(standing, name)) else "-" for name in names))
    out.print(grid)
    runs = ", ".join(f"{count} {state}" for state, count in sorted(progress.runs.items()))
    out.print(f"Runs: {runs or 'none yet'}")
    for run_id, reason in progress.failures.items():
        out.print(f"Run {run_id[:8]} failed: {reason.strip()}", markup=False, soft_wrap=True)
    if progress.error:
        out.print(progress.error, markup=False, soft_wrap=True)
    if progress.over and sum(s.made for s in progress.standings) < sum(s.wanted for s in progress.standings):
        out.print(f"`lakehouse backfill resume {progress.id}` makes what is left.")
