"""`lakehouse metrics`: how the lake is, for Prometheus."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import Annotated

import typer

from lakehouse_assets.cli.console import errors
from lakehouse_assets.settings import Settings

Port = Annotated[int | None, typer.Option(help="Serve http://HOST:PORT/metrics until Ctrl-C; 0 takes a free port.")]
Host = Annotated[str, typer.Option(help="The address that is served.")]
To = Annotated[Path | None, typer.Option("--to", help="Write them once, as a textfile of Prometheus's node exporter.")]


def metrics(port: Port = None, host: Host = "127.0.0.1", to: To = None) -> None:
    """Tell rows, sizes, failures, quarantine, staleness, runs and cost of each table: served, written or printed."""
    from lakehouse_assets.operate.metrics import Metrics, registry_of

    registry = registry_of(Metrics(Settings.from_environment()))
    from prometheus_client import generate_latest, start_http_server, write_to_textfile

    if to is not None:
        write_to_textfile(str(to), registry)
    elif port is not None:
        server, _ = start_http_server(port, addr=host, registry=registry)
        errors.print(f"http://{host}:{server.server_port}/metrics", markup=False, highlight=False, soft_wrap=True)
        threading.Event().wait()
    else:
        sys.stdout.write(generate_latest(registry).decode())
