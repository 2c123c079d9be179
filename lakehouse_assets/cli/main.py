"""The `lakehouse` command."""

from __future__ import annotations

import sys
from typing import NoReturn

import typer

from lakehouse_assets.cli.alerts import app as alerts
from lakehouse_assets.cli.backfill import app as backfill
from lakehouse_assets.cli.cluster import app as cluster
from lakehouse_assets.cli.console import errors
from lakehouse_assets.cli.demo import demo
from lakehouse_assets.cli.dev import dev
from lakehouse_assets.cli.files import files
from lakehouse_assets.cli.history import history
from lakehouse_assets.cli.land import land
from lakehouse_assets.cli.maintain import maintain
from lakehouse_assets.cli.metrics import metrics
from lakehouse_assets.cli.quarantine import app as quarantine
from lakehouse_assets.cli.release import release, rollback
from lakehouse_assets.cli.report import report
from lakehouse_assets.cli.restore import restore
from lakehouse_assets.cli.run import run
from lakehouse_assets.cli.sql import sql
from lakehouse_assets.cli.status import status
from lakehouse_assets.errors import LakehouseError
from lakehouse_assets.storage import storage_error_of

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Run and query a lakehouse whose tables are Dagster assets stored as Delta Lake. "
    "LAKEHOUSE_HOME (default .lakehouse) says where it lies.",
)
for verb in (
    demo,
    land,
    run,
    status,
    report,
    metrics,
    files,
    history,
    maintain,
    restore,
    release,
    rollback,
    sql,
    dev,
):
    app.command()(verb)
app.add_typer(quarantine, name="quarantine")
app.add_typer(backfill, name="backfill")
app.add_typer(cluster, name="cluster")
app.add_typer(alerts, name="alerts")


def main() -> None:
    """Run the command; what a user can mend is said in one paragraph, and the exit code is 1."""
    try:
        app()
    except LakehouseError as error:
        _fail(error)
    except Exception as error:
        known = storage_error_of(error, "")
        if known is None:
            raise
        _fail(known)


def _fail(error: LakehouseError) -> NoReturn:
    errors.print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
    sys.exit(1)


if __name__ == "__main__":
    main()
