"""A click in the UI: one day of silver/transactions, against an asset that does nothing.

The click is real: GraphQL's launch mutation, as the browser sends it, to a workspace whose code server has
loaded the definitions; the default run launcher starts a fresh process, which imports the definitions and runs
the asset with the in_process executor, against a persistent instance. Counted is the time from the mutation to
the run's success as the UI would show it. The parts are those of one more fresh process that does the same by
hand; it says what each step of the way costs.
"""

from __future__ import annotations

import asyncio
import sys
import time
from typing import Any

from benchmarks.measure import Bench, Result, in_turns, module, python, tell

LIMIT = 2.0
DAY = "2017-01-01"
DAYS = 8  # that lie in the lake
TABLE = "silver/transactions"
READS = ("bronze/transactions", "bronze/products", "silver/products")
EMPTY, FULL = "benchmarks.empty", "lakehouse_assets.definitions"


def measure(bench: Bench) -> Result:
    """Both clicks in turns, each in a workspace of its own, then the parts."""
    home = bench.folder / "click"
    module("lakehouse_year", bench.landing, home / "lake", min(bench.days, DAYS), *READS)
    homes = {
        "LAKEHOUSE_HOME": str(home),
        "LAKEHOUSE_LANDING": bench.landing,
        "LAKEHOUSE_ROOT": "",
        "DAGSTER_HOME": str(home / "dagster"),
    }
    full, empty = in_turns(
        max(bench.turns, 3),
        lambda: module("click", FULL, TABLE, DAY, environment=homes),
        lambda: module("click", EMPTY, "nothing", "", environment=homes),
    )
    ours, theirs = (min(side, key=lambda told: told["click"]) for side in (full, empty))
    rows = [
        ("of a click", "ours", "empty asset"),
        *((part, f"{ours[part]:.2f}", f"{theirs[part]:.2f}") for part in ours),
    ]
    split = [module("click_parts", TABLE, DAY, environment=homes) for _ in range(3)]
    bare = min(python("-c", "pass")[0] for _ in range(3))
    rows += [("", "", ""), ("by hand: python itself", f"{bare:.2f}", "")]
    rows += [(f"by hand: {part}", f"{min(s[part] for s in split):.2f}", "") for part in split[0]]
    return Result(
        "click",
        f"{TABLE}, one day",
        ours["click"] / theirs["click"],
        LIMIT,
        "times",
        f"{ours['click']:.2f} s",
        f"an empty asset {theirs['click']:.2f} s",
        rows,
    )


def main(location: str, asset: str, partition: str) -> None:
    """Click twice, the first click warms the files' cache; prints the second's seconds as JSON."""
    from dagster import DagsterInstance
    from dagster._core.workspace.context import WorkspaceProcessContext
    from dagster._core.workspace.load_target import ModuleTarget
    from dagster_graphql.schema import create_schema

    from lakehouse_assets.settings import Settings
    from resources.dagster_home import prepare_home

    prepare_home(Settings.from_environment())
    target = ModuleTarget(location, attribute=None, working_directory=None, location_name="bench")
    with DagsterInstance.get() as instance, WorkspaceProcessContext(instance, target) as workspace:
        schema = create_schema()  # once, as the web server does
        click(schema, workspace, instance, asset, partition)
        tell(click(schema, workspace, instance, asset, partition))


def click(schema: Any, workspace: Any, instance: Any, asset: str, partition: str) -> dict[str, float]:
    """Launch a run of one asset as the UI does and wait for its end."""
    from dagster_graphql.client.query import LAUNCH_PIPELINE_EXECUTION_MUTATION

    tags = [{"key": "dagster/partition", "value": partition}] if partition else []
    parameters = {
        "selector": {
            "repositoryLocationName": "bench",
            "repositoryName": "__repository__",
            "pipelineName": "__ASSET_JOB",
            "assetSelection": [{"path": asset.split("/")}],
            "assetCheckSelection": None,
        },
        "executionMetadata": {"tags": tags},
        "runConfigData": "{}",
        "mode": "default",
    }
    begun = time.time()
    answer = asyncio.run(
        schema.execute_async(
            LAUNCH_PIPELINE_EXECUTION_MUTATION,
            context_value=workspace.create_request_context(),
            variable_values={"executionParams": parameters},
        )
    )
    launched = time.time()
    run = ((answer.data or {}).get("launchPipelineExecution") or {}).get("run")
    if run is None:
        raise RuntimeError(str(answer.formatted)[:2000])
    while not instance.get_run_by_id(run["runId"]).is_finished:
        time.sleep(0.02)
    done = instance.get_run_by_id(run["runId"])
    if not done.is_success:
        raise RuntimeError(f"run {done.run_id} ended as {done.status}")
    return {
        "click": _happened(instance, done.run_id)["PIPELINE_SUCCESS"] - begun,
        **_parts(_happened(instance, done.run_id), begun, launched),
    }


def _happened(instance: Any, run_id: str) -> dict[str, float]:
    """When each kind of event was first recorded."""
    first: dict[str, float] = {}
    for record in instance.all_logs(run_id):
        if record.dagster_event is not None:
            first.setdefault(record.dagster_event.event_type_value, record.timestamp)
    return first


def _parts(at: dict[str, float], begun: float, launched: float) -> dict[str, float]:
    return {
        "launch: the mutation returns, the process starts": launched - begun,
        "process: what is left of its imports": at["PIPELINE_START"] - launched,
        "from the run's start to the step's": at["STEP_START"] - at["PIPELINE_START"],
        "step": at["STEP_SUCCESS"] - at["STEP_START"],
        "to the run's success": at["PIPELINE_SUCCESS"] - at["STEP_SUCCESS"],
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
