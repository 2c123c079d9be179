"""`lakehouse alerts`: what is wrong now, whether anybody would be told, and a message to try it."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table as Grid

from lakehouse_assets.cli.console import errors, out, plain
from lakehouse_assets.errors import SettingsError
from lakehouse_assets.settings import Settings

app = typer.Typer(
    invoke_without_command=True,
    help="What is wrong now, and who is told: alone it lists that; docs/alerts.md says how people are told.",
)

Name = Annotated[str, typer.Argument(help="A channel of alerts.toml.")]


@app.callback()
def alerts(context: typer.Context) -> None:
    """List what is wrong now: how grave, of what, and who is told; and whether anybody would be."""
    if context.invoked_subcommand is None:
        _list()


@app.command()
def test(channel: Name) -> None:
    """Send a test message to a channel; on success the service has accepted it."""
    from resources.notifiers import Channel
    from sensors.alerts.routes import load_routing

    routing = load_routing(Settings.from_environment())
    if channel not in routing.channels:
        raise SettingsError(
            "alerts.toml has no channel of that name",
            where=channel,
            remedy=f"its channels are: {', '.join(routing.channels) or 'none'}",
        )
    text = f"This is a test. Messages of the lakehouse reach this channel.\n{routing.ui}"
    Channel(channel, routing.channels[channel]).send("Test of the lakehouse's alerts", text, "test")
    out.print(f"{channel} accepted the message")


@app.command()
def check() -> None:
    """Say whether alerts can be relied on; the exit code is 1 where not. For cron, outside of Dagster.

    A sensor cannot tell of its own death, nor of the daemon's.
    """
    import time

    from resources.dagster_home import open_instance
    from sensors.alerts.health import complaints
    from sensors.alerts.signs import signs_of

    settings = Settings.from_environment()
    found = complaints(signs_of(open_instance(settings), settings), time.time())
    for complaint in found:
        errors.print(complaint, style="red", markup=False, highlight=False, soft_wrap=True)
    if found:
        raise typer.Exit(1)
    out.print("Alerts work: the daemon lives, the sensor looks, and no message waits.")


def _list() -> None:
    from dataclasses import replace
    from datetime import UTC, datetime

    from lakehouse_assets.definitions import defs
    from resources.dagster_home import open_instance
    from sensors.alerts.health import complaints
    from sensors.alerts.looking import learn, open_now
    from sensors.alerts.problem import SEVERITIES, sentence
    from sensors.alerts.records import records_of
    from sensors.alerts.routes import load_routing
    from sensors.alerts.sensor import load_state, owners_of
    from sensors.alerts.signs import signs_of

    settings, now = Settings.from_environment(), datetime.now(UTC)
    instance, repository = open_instance(settings), defs.get_repository_def()
    routing, owners = load_routing(settings), owners_of(repository)
    before = load_state(instance)
    records = records_of(instance, repository, before, now, results_at_once=None)  # there is no next look
    # Here it is told of what is silent, whether or not the sensor has looked.
    state = replace(learn(before, records, now.timestamp()), awake=0.0)
    grid = Grid("severity", box=SIMPLE_HEAD, pad_edge=False)
    grid.add_column("what", overflow="fold")
    for name in ("since", "told"):
        grid.add_column(name)
    problems = {problem.key: problem for problem in open_now(state, records, now.timestamp())}
    for key, problem in sorted(problems.items(), key=lambda item: (SEVERITIES.index(item[1].severity), item[0])):
        entry = before.book.get(key)
        since = f"{datetime.fromtimestamp(entry.since, UTC):%Y-%m-%d %H:%M}" if entry else "now"
        channels = ", ".join(routing.channels_of(problem, owners(problem.subject)))
        told = channels if entry else f"not yet: {channels}" if channels else "nobody"
        grid.add_row(problem.severity, plain(sentence(problem)), since, told)
    out.print(grid if grid.row_count else "Nothing is wrong.")
    for complaint in complaints(signs_of(instance, settings), now.timestamp()):
        errors.print(complaint, style="yellow", markup=False, highlight=False, soft_wrap=True)
