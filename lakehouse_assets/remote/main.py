"""`lakehouse-task`: the entry point of the wheel. It runs one table, anywhere, and tells Dagster over Pipes."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from lakehouse_assets.errors import LakehouseError

if TYPE_CHECKING:
    from dagster_pipes import PipesContext, PipesParamsLoader

    from lakehouse_assets.remote.task import Task

SECONDS = 2  # between chunks of messages: what the orchestrator shows is as old as this


class TaskFailedError(Exception):
    """A failure whose own words hold a secret, in other words."""


class NotAskedError(LakehouseError):
    """The entry point was started by hand."""


def main() -> None:
    """Do what the orchestrator asked, and answer it; a failure is raised, which fails the job.

    With `--table`, do what a person asked, and print the answer. Nothing is returned and nothing exits: Databricks
    takes a call of `sys.exit` for a failure.
    """
    from dagster_pipes import (
        PipesUnityCatalogVolumesContextLoader,
        PipesUnityCatalogVolumesMessageWriter,
        open_dagster_pipes,
    )

    if "--table" in sys.argv:
        _run(_asked_by_hand, _print, lambda answer: _print(json.dumps(answer, indent=2, default=str)))
        return
    with open_dagster_pipes(
        params_loader=_params(),
        context_loader=PipesUnityCatalogVolumesContextLoader(),
        message_writer=PipesUnityCatalogVolumesMessageWriter(interval=SECONDS),
    ) as pipes:
        _run(lambda: _asked_by(pipes), pipes.log.info, pipes.report_custom_message)


def _asked_by(pipes: PipesContext) -> Task:
    from lakehouse_assets.remote.task import Task

    return Task.from_json(pipes.get_extra("task"))


def _asked_by_hand() -> Task:
    from lakehouse_assets.remote.by_hand import task_of

    task = task_of(sys.argv[1:])
    if task is None:
        raise NotAskedError("--table names none", remedy="name one: --table gold/daily_store_sales")
    return task


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def _run(asked: Callable[[], Task], say: Callable[[str], None], tell: Callable[[Mapping[str, Any]], None]) -> None:
    import traceback

    from lakehouse_assets.remote.session import Session
    from lakehouse_assets.remote.task import masked, told

    answer: dict[str, Any] = {}
    session = Session()
    failed: Exception | None = None
    try:
        from lakehouse_assets.remote.perform import perform  # the tables with it, whose faults are to be told, too

        perform(asked(), session, answer, say)
    except Exception as error:  # noqa: BLE001 - it is raised below
        if "error" not in answer and not answer.get("outcome"):
            answer["error"] = told(error)
        story = "".join(traceback.format_exception(error))
        failed = error if masked(story) == story else TaskFailedError(masked(str(error)))
    finally:
        tell(answer)
        session.stop()
    if failed is not None:
        # Here, where no other error is its context: Pipes tells that too, and it would hold the secret.
        raise failed


def _params() -> PipesParamsLoader:
    """Where the context lies: a new cluster has it in its environment, serverless in its arguments."""
    from dagster_pipes import PipesCliArgsParamsLoader, PipesEnvVarParamsLoader

    loaders: tuple[PipesParamsLoader, ...] = (PipesCliArgsParamsLoader(), PipesEnvVarParamsLoader())
    for loader in loaders:
        if loader.is_dagster_pipes_process():
            return loader
    raise NotAskedError(
        "this is what Dagster starts on a cluster; nobody asked it for a table",
        remedy="materialise the table in Dagster with LAKEHOUSE_ENGINE=databricks, or name it: --table gold/x ...",
    )


if __name__ == "__main__":
    main()
