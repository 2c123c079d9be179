"""`lakehouse-task`: the entry point of the wheel. It runs one table, anywhere, and tells Dagster over Pipes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lakehouse_assets.errors import LakehouseError

if TYPE_CHECKING:
    from dagster_pipes import PipesContext, PipesParamsLoader

SECONDS = 2  # between chunks of messages: what the orchestrator shows is as old as this


class TaskFailedError(Exception):
    """A failure whose own words hold a secret, in other words."""


class NotAskedError(LakehouseError):
    """The entry point was started by hand."""


def main() -> None:
    """Do what the orchestrator asked, and answer it; a failure is raised, which fails the job.

    Nothing is returned and nothing exits: Databricks takes a call of `sys.exit` for a failure.
    """
    from dagster_pipes import (
        PipesUnityCatalogVolumesContextLoader,
        PipesUnityCatalogVolumesMessageWriter,
        open_dagster_pipes,
    )

    with open_dagster_pipes(
        params_loader=_params(),
        context_loader=PipesUnityCatalogVolumesContextLoader(),
        message_writer=PipesUnityCatalogVolumesMessageWriter(interval=SECONDS),
    ) as pipes:
        _run(pipes)


def _run(pipes: PipesContext) -> None:
    import traceback

    from lakehouse_assets.remote.session import Session
    from lakehouse_assets.remote.task import Task, masked, told

    answer: dict[str, Any] = {}
    session = Session()
    failed: Exception | None = None
    try:
        from lakehouse_assets.remote.perform import perform  # the tables with it, whose faults are to be told, too

        perform(Task.from_json(pipes.get_extra("task")), session, answer, pipes.log.info)
    except Exception as error:  # noqa: BLE001 - it is raised below
        if "error" not in answer and not answer.get("outcome"):
            answer["error"] = told(error)
        story = "".join(traceback.format_exception(error))
        failed = error if masked(story) == story else TaskFailedError(masked(str(error)))
    finally:
        pipes.report_custom_message(answer)
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
        remedy="materialise the table in Dagster with LAKEHOUSE_ENGINE=databricks, or use `lakehouse run`",
    )


if __name__ == "__main__":
    main()
