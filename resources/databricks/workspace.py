"""A job on Databricks as a Pipes run: submitted, watched, cancelled with the Dagster run, never believed unseen."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from resources.databricks.failures import DatabricksError, failure_from, failure_of, first_line

if TYPE_CHECKING:
    from dagster import AssetExecutionContext, PipesMessageHandler
    from dagster_databricks import PipesDatabricksClient
    from dagster_databricks.pipes import PipesDatabricksServerlessClient
    from databricks.sdk import WorkspaceClient
    from databricks.sdk.service.jobs import Run

    from resources.databricks.job import Cloud, Job

PACKAGE = "lakehouse-assets"
HELLO_SECONDS = 20  # a workspace that does not answer at all is not waited for longer, before a job is submitted


@dataclass(frozen=True)
class Answer:
    """What a job's task told, and where its run is to be seen. `failure` is None where the run succeeded."""

    said: Mapping[str, Any]
    url: str
    failure: DatabricksError | None = None


@dataclass(frozen=True)
class Workspace:
    """A workspace that let us in."""

    client: WorkspaceClient

    @classmethod
    def open(cls) -> Workspace:
        """The workspace of the environment or profile, by Databricks' own variables and unified authentication.

        Raises DatabricksError where nothing says which, it cannot be reached or does not let us in.
        """
        from databricks.sdk import WorkspaceClient
        from databricks.sdk.config import Config

        we: dict[str, Any] = {"product": PACKAGE, "product_version": version(PACKAGE)}
        try:
            config, hello = Config(**we), Config(**we, retry_timeout_seconds=HELLO_SECONDS)
        except ValueError as error:
            raise DatabricksError(
                f"no workspace, or no credentials for it: {first_line(error)}",
                remedy="set DATABRICKS_HOST and DATABRICKS_TOKEN, or DATABRICKS_CLIENT_ID and "
                "DATABRICKS_CLIENT_SECRET, or DATABRICKS_CONFIG_PROFILE",
            ) from None
        try:
            WorkspaceClient(config=hello).current_user.me()
        except (OSError, ValueError) as error:
            raise failure_from(error, config.host or "") from None
        return cls(WorkspaceClient(config=config))

    @property
    def cloud(self) -> Cloud:
        """Whose machines the workspace has."""
        config = self.client.config
        return "azure" if config.is_azure else "gcp" if config.is_gcp else "aws"

    def run(self, context: AssetExecutionContext, job: Job, extras: Mapping[str, Any]) -> Answer:
        """Submit the job and wait for its end; what its task tells meanwhile goes to the step's log.

        When the Dagster run is terminated the job is cancelled, and the step ends as interrupted. No job of this
        call runs on after it, however it ends.
        """
        from dagster import DagsterExecutionInterruptedError

        # Underscore module: Dagster does not export what its Pipes clients raise.
        from dagster._core.errors import DagsterPipesExecutionError

        reader = _reader(self.client, job)
        pipes, since = _pipes(self.client, job, reader), _now()
        try:
            with _quiet():
                done = pipes.run(context=context, task=job.task, submit_args=job.submission, extras=dict(extras))
            run = self.client.jobs.get_run(int(str(done.metadata["Databricks Job Run ID"].value)))
        except BaseException as error:  # an interrupt, too, must not leave the job running
            ended = self._end(job, since)
            if not isinstance(error, DagsterPipesExecutionError | OSError):  # the SDK's errors are OSErrors
                raise
            failed = ended and ended.state and (ended.state.result_state or ended.end_time) and not _succeeded(ended)
            failure = failure_of(ended) if ended and failed else failure_from(error, self.client.config.host or "")
            return Answer(reader.said, (ended and ended.run_page_url) or "", failure)
        if not _succeeded(run):
            # The client returns so from an interrupt, once it has cancelled the job.
            raise DagsterExecutionInterruptedError
        return Answer(reader.said, run.run_page_url or "")

    def _end(self, job: Job, since: int) -> Run | None:
        """The run of this job, or None where none was started; cancelled where it still runs."""
        from databricks.sdk.service.jobs import RunType

        try:
            found = self.client.jobs.list_runs(run_type=RunType.SUBMIT_RUN, start_time_from=since)
            run_id = next((run.run_id for run in found if run.run_name == job.name), None)
            if run_id is None:
                return None
            run = self.client.jobs.get_run(run_id)
            if run.state and run.state.result_state is None and not run.end_time:
                self.client.jobs.cancel_run(run_id)
        except Exception:  # noqa: BLE001 - the failure that brought us here is the one to tell
            return None
        return run


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the notices of what the Pipes client calls within Dagster, a dozen for each run."""
    from dagster import PreviewWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PreviewWarning)
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


def _pipes(client: WorkspaceClient, job: Job, reader: Any) -> PipesDatabricksClient | PipesDatabricksServerlessClient:
    from dagster_databricks import PipesDatabricksClient
    from dagster_databricks.pipes import PipesDatabricksServerlessClient, PipesUnityCatalogVolumesContextInjector

    volume = job.settings.volume
    common: dict[str, Any] = {
        "client": client,
        "context_injector": PipesUnityCatalogVolumesContextInjector(client=client, volume_path=volume),
        "message_reader": reader,
        "poll_interval_seconds": job.settings.poll_seconds,
    }
    if job.settings.compute == "serverless":
        return PipesDatabricksServerlessClient(volume_path=volume, **common)
    return PipesDatabricksClient(**common)


def _reader(client: WorkspaceClient, job: Job) -> Any:
    """A reader of messages for one run, since it counts them, which keeps what the task told when the run fails."""
    from dagster_databricks.pipes import PipesUnityCatalogVolumesMessageReader

    class Reader(PipesUnityCatalogVolumesMessageReader):
        handler: PipesMessageHandler | None = None

        def read_messages(self, handler: PipesMessageHandler) -> Any:
            self.handler = handler
            return super().read_messages(handler)

        @property
        def said(self) -> Mapping[str, Any]:
            told = self.handler.get_custom_messages() if self.handler else ()
            return told[-1] if told else {}

    return Reader(
        client=client,
        volume_path=job.settings.volume,
        interval=job.settings.poll_seconds,
        include_stdio_in_messages=False,
    )


def _succeeded(run: Run) -> bool:
    return bool(run.state and run.state.result_state and run.state.result_state.value == "SUCCESS")


def _now() -> int:
    return int(time.time() * 1000) - 60_000  # the workspace's clock may be behind ours
