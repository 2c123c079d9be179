"""A workspace's REST calls, as far as this project makes them, on 127.0.0.1.

What it is: submitted wheel tasks really run, each in a process of its own (`machines`), volumes are folders, and
runs go through the states that the Jobs API names. What it is not: Spark on a cluster, permissions, quotas, or the
workspace's own checks of what is submitted, beyond those written here.
"""

from __future__ import annotations

import signal
import threading
import time
from dataclasses import dataclass, field
from http.server import ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from lakehouse_assets_tests.resources.databricks.machines import InstallError
from lakehouse_assets_tests.resources.databricks.requests import Handler, Refusal

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from lakehouse_assets_tests.resources.databricks.machines import Machines


@dataclass
class FakeRun:
    """A submitted run and what became of it."""

    run_id: int
    body: dict[str, Any]
    started: float = field(default_factory=time.time)
    ended: float | None = None
    life: str = "PENDING"
    result: str | None = None
    message: str = ""
    code: str = ""
    kind: str = ""
    output: str = ""
    process: subprocess.Popen[str] | None = None
    cancelled: bool = False

    @property
    def task(self) -> dict[str, Any]:
        return self.body["tasks"][0]

    def end(self, result: str, code: str, message: str = "", kind: str = "CLIENT_ERROR") -> None:
        self.result, self.code, self.message, self.kind, self.ended = result, code, message, kind, time.time()
        self.life = "TERMINATED"  # last: another thread that reads it reads the others next

    def as_json(self, url: str) -> dict[str, Any]:
        state = {"life_cycle_state": self.life, "state_message": self.message}
        if self.result:
            state["result_state"] = self.result
        details = {"code": self.code, "message": self.message, "type": self.kind} if self.code else None
        return {
            "run_id": self.run_id,
            "run_name": self.body.get("run_name", ""),
            "run_type": "SUBMIT_RUN",
            "state": state,
            "status": {"state": "TERMINATED" if self.ended else "RUNNING", "termination_details": details},
            "start_time": int(self.started * 1000),
            "end_time": int(self.ended * 1000) if self.ended else 0,
            "run_page_url": f"{url}/#job/0/run/{self.run_id}",
        }


class FakeWorkspace:
    """Serves until it is closed. `trouble` holds what the next jobs meet before their entry point starts."""

    def __init__(self, volumes: Path, machines: Machines, secrets: dict[str, str] | None = None) -> None:
        self.volumes, self.machines, self.secrets = volumes.resolve(), machines, secrets or {}
        self.runs: dict[int, FakeRun] = {}
        self.trouble: list[tuple[str, str, str]] = []
        self.busy = 0  # so many calls are answered with 503
        self.sealed = False  # nothing can be removed from a volume
        self.frozen = False  # drivers start, and then do nothing until they are cancelled
        self.calls: list[str] = []
        self.lock = threading.Lock()
        handler = type("Bound", (Handler,), {"workspace": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self) -> FakeWorkspace:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        for run in self.runs.values():
            if run.process and run.process.poll() is None:
                run.process.kill()
        self.server.shutdown()
        self.server.server_close()

    def submit(self, body: dict[str, Any]) -> dict[str, Any]:
        _check(body)
        with self.lock:
            token = body.get("idempotency_token")
            for run in self.runs.values():
                if token and run.body.get("idempotency_token") == token:
                    return {"run_id": run.run_id}
            run = self.runs[len(self.runs) + 1] = FakeRun(len(self.runs) + 1, body)
        threading.Thread(target=self._execute, args=(run,), daemon=True).start()
        return {"run_id": run.run_id}

    def run_of(self, said: dict[str, Any]) -> FakeRun:
        try:
            return self.runs[int(said["run_id"])]
        except (KeyError, ValueError):
            raise Refusal(400, "INVALID_PARAMETER_VALUE", f"Run {said.get('run_id')} does not exist.") from None

    def cancel(self, said: dict[str, Any]) -> dict[str, Any]:
        run = self.run_of(said)
        run.cancelled = True
        if run.process and run.process.poll() is None:
            run.process.kill()  # a cluster that ends gives its driver no time
        return {}

    def listed(self, since: int) -> dict[str, Any]:
        found = [run.as_json(self.url) for run in self.runs.values() if run.started * 1000 >= since]
        return {"runs": found[::-1]} if found else {}

    def _execute(self, run: FakeRun) -> None:
        try:
            if self.trouble:
                return run.end("FAILED", *self.trouble.pop(0))
            wheels, environment = _given(run.body)
            resolved = {name: self._resolved(value) for name, value in environment.items()}
            entry = run.task["python_wheel_task"]
            run.process = self.machines.start(
                wheels, entry["package_name"], entry["entry_point"], entry.get("parameters", []), resolved
            )
            if self.frozen:
                run.process.send_signal(signal.SIGSTOP)
            run.life = "RUNNING"
            if run.cancelled:
                run.process.kill()
            run.output = run.process.communicate()[0]
        except InstallError as error:
            return run.end("FAILED", "LIBRARY_INSTALLATION_ERROR", str(error))
        if run.cancelled:
            return run.end("CANCELED", "USER_CANCELED", "Run cancelled")
        if run.process.returncode:
            last = run.output.strip().splitlines()[-1:] or [""]
            return run.end("FAILED", "RUN_EXECUTION_ERROR", f"Task {run.task['task_key']} failed: {last[0]}")
        return run.end("SUCCESS", "SUCCESS", kind="SUCCESS")

    def _resolved(self, value: str) -> str:
        inner = value.removeprefix("{{secrets/").removesuffix("}}")
        return self.secrets[inner] if inner != value else value


def _given(body: dict[str, Any]) -> tuple[list[str], dict[str, str]]:
    """The wheels of a run and the environment of its driver."""
    task = body["tasks"][0]
    if cluster := task.get("new_cluster"):
        return [library["whl"] for library in task["libraries"] if "whl" in library], cluster.get("spark_env_vars", {})
    (environment,) = [e for e in body["environments"] if e["environment_key"] == task["environment_key"]]
    return [name for name in environment["spec"]["dependencies"] if name.endswith(".whl")], {}


def _check(body: dict[str, Any]) -> None:
    def refuse(message: str) -> None:
        raise Refusal(400, "INVALID_PARAMETER_VALUE", message)

    (task,) = body.get("tasks") or [{}]
    if "python_wheel_task" not in task:
        refuse("only python_wheel_task runs here")
    if len(body.get("idempotency_token", "")) > 64:
        refuse("idempotency_token is longer than 64 characters")
    cluster = task.get("new_cluster")
    if cluster is not None:
        if not cluster.get("spark_version"):
            refuse("Missing required field: new_cluster.spark_version")
        if not (cluster.get("node_type_id") or cluster.get("instance_pool_id") or cluster.get("policy_id")):
            refuse("Missing required field: new_cluster.node_type_id")
    elif "environment_key" not in task:
        refuse("a task needs new_cluster, existing_cluster_id or environment_key")
