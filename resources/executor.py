"""Dagster's executor in one process, in which a step that waits for its table's turn sleeps, and never for a dead run.

Dagster's own asks without a pause whether it may go on, which takes a whole core. And it leaves the place of a run
that was killed to the daemon, so that a `lakehouse run` where none is there would wait for ever.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import dagster as dg
from dagster._core.definitions.job_base import InMemoryJob
from dagster._core.execution.api import ExecuteRunWithPlanIterable
from dagster._core.execution.context_creation_job import PlanExecutionContextManager
from dagster._core.execution.execute_in_process import core_execute_in_process
from dagster._core.execution.plan.execute_plan import inner_plan_execution_iterator
from dagster._core.execution.plan.instance_concurrency_context import InstanceConcurrencyContext
from dagster._core.execution.retries import RetryMode
from dagster._core.executor.in_process import InProcessExecutor
from dagster._core.launcher import WorkerStatus

if TYPE_CHECKING:
    from dagster._core.events import DagsterEvent
    from dagster._core.execution.context.system import PlanExecutionContext, PlanOrchestrationContext
    from dagster._core.execution.plan.plan import ExecutionPlan


class Turns(InstanceConcurrencyContext):
    """The places that a run holds and waits for. One that nobody can give back any more is freed."""

    def claim(self, concurrency_key: str, step_key: str, step_priority: int = 0) -> bool:
        """Whether the step may go on now."""
        from sqlalchemy.exc import InternalError  # late: whoever only loads the definitions needs no database

        try:
            claimed = super().claim(concurrency_key, step_key, step_priority)
        except InternalError:  # of Postgres: another process has given the table its place in the same instant
            claimed = super().claim(concurrency_key, step_key, step_priority)
        if claimed:
            return True
        info = self._instance.event_log_storage.get_concurrency_info(concurrency_key)
        for run_id in {*info.active_run_ids, *info.assigned_run_ids} - {self._run_id}:
            if is_over(self._instance, run_id):
                self._instance.event_log_storage.free_concurrency_slots_for_run(run_id)
        return False

    def interval_to_next_pending_claim_check(self) -> float:
        """For how long to sleep."""
        now = time.time()
        return min((at - now for at in self._pending_timeouts.values()), default=0.0)


def is_over(instance: dg.DagsterInstance, run_id: str) -> bool:
    """Whether a run has ended, or its process has without a word."""
    run = instance.get_run_by_id(run_id)
    if run is None or run.is_finished:
        return True
    launcher = instance.run_launcher
    if not launcher.supports_check_run_worker_health:
        return False
    return launcher.check_run_worker_health(run).status is WorkerStatus.FAILED


class OneProcess(InProcessExecutor):
    """All steps of a run in its own process, one after the other."""

    def execute(self, plan_context: PlanOrchestrationContext, execution_plan: ExecutionPlan) -> Iterator[DagsterEvent]:
        """Run the steps."""
        yield from ExecuteRunWithPlanIterable(
            execution_plan=execution_plan,
            iterator=_in_turn,
            execution_context_manager=PlanExecutionContextManager(
                job=plan_context.job,
                retry_mode=plan_context.retry_mode,
                execution_plan=execution_plan,
                run_config=plan_context.run_config,
                dagster_run=plan_context.dagster_run,
                instance=plan_context.instance,
                raise_on_error=plan_context.raise_on_error,
                output_capture=plan_context.output_capture,
                step_dependency_config=self.step_dependency_config,
            ),
        )


def _in_turn(job_context: PlanExecutionContext, execution_plan: ExecutionPlan) -> Iterator[DagsterEvent]:
    with Turns(job_context.instance, job_context.dagster_run) as turns:
        yield from inner_plan_execution_iterator(job_context, execution_plan, turns)


@dg.executor(name="one_process")
def one_process(_: dg.InitExecutorContext) -> OneProcess:
    """The executor of every job here."""
    return OneProcess(RetryMode.ENABLED)


def execute_here(
    job: dg.JobDefinition,
    instance: dg.DagsterInstance,
    keys: Iterable[dg.AssetKey],
    run_config: Mapping[str, Any],
    tags: Mapping[str, str],
) -> dg.ExecuteInProcessResult:
    """Run these assets of a job in this process, by the job's own executor; `execute_in_process` takes Dagster's."""
    chosen = frozenset(keys)
    return core_execute_in_process(
        job=InMemoryJob(job.get_subset(asset_selection=chosen)),
        instance=instance,
        run_config=run_config,
        run_tags=tags,
        asset_selection=chosen,
        output_capturing_enabled=False,
        raise_on_error=False,
    )
