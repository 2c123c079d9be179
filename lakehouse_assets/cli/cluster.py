"""`lakehouse cluster`: a Spark cluster on this machine, to try the engine `spark` and to test on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lakehouse_assets.cli.console import errors, out
from lakehouse_assets.settings import Settings

app = typer.Typer(no_args_is_help=True, help="A Spark cluster on this machine: master, workers, Spark Connect server.")

WithS3 = Annotated[bool, typer.Option("--s3/--no-s3", help="With the jars for S3, 1.4 GB the first time.")]
Lasting = Annotated[bool, typer.Option(help="For hours of work: faster in the end, twice as slow to warm up.")]
Workers = Annotated[int, typer.Option(min=1, help="Workers, of one core each.")]


@app.command()
def start(workers: Workers = 2, s3: WithS3 = True, lasting: Lasting = False) -> None:
    """Start the cluster, and print what makes it the engine in this shell."""
    from resources.cluster.local import Size, start_cluster

    with errors.status("starting a cluster; the first time its jars are fetched from Maven Central"):
        cluster = start_cluster(_folder(), Size(workers=workers), s3=s3, lasting=lasting)
    out.print(f"# Spark's own page: {cluster.ui}, its master's: {cluster.master_ui}; logs: {_folder()}", soft_wrap=True)
    _print_exports(cluster.remote)


@app.command()
def stop() -> None:
    """Stop the cluster that was started here."""
    from resources.cluster.local import stop_cluster

    out.print("The cluster is stopped." if stop_cluster(_folder()) else "No cluster was started here.")


@app.command()
def status() -> None:
    """Say whether the cluster runs, and what makes it the engine in this shell."""
    from resources.cluster.local import running

    cluster = running(_folder())
    if cluster is None:
        out.print("No cluster was started here.")
        return
    for process in cluster.processes:
        out.print(f"# {process.name} {process.pid} {'runs' if process.alive else 'has ended, see ' + process.log}")
    _print_exports(cluster.remote)


def _print_exports(remote: str) -> None:
    out.print(f"export LAKEHOUSE_ENGINE=spark SPARK_REMOTE={remote}", soft_wrap=True, highlight=False)


def _folder() -> Path:
    return Settings.from_environment().home / "cluster"
