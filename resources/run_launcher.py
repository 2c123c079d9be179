"""Dagster's run launcher, which can also say of a run whether its process is still there.

With it run monitoring fails a run that was killed together with all that would have told of it: a machine that was
switched off, a container that was taken away. Without, such a run would seem to be under way for ever, and nothing
else would touch its partitions.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster import DefaultRunLauncher
from dagster._core.errors import DagsterUserCodeUnreachableError
from dagster._core.launcher import CheckRunHealthResult, WorkerStatus
from dagster._core.storage.tags import GRPC_INFO_TAG

if TYPE_CHECKING:
    from dagster import DagsterRun

PROCESS = "lakehouse/process"  # tag of a run that no code server executes: host, id and start of its process
OUT_OF_REACH_SECONDS = 60  # for so long a code server may be out of reach before its runs are taken to be gone


class WatchedRunLauncher(DefaultRunLauncher):
    """Starts runs on code servers. A run whose process is known to be gone is unhealthy; any doubt is for it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._unheard: dict[str, float] = {}  # runs whose code server does not answer, and since when

    @property
    def supports_check_run_worker_health(self) -> bool:
        """Run monitoring may ask."""
        return True

    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        """Whether the process of a started run is there."""
        if PROCESS in run.tags:
            return _told(gone=is_gone(run.tags[PROCESS]), why="the process that executed it is gone")
        if GRPC_INFO_TAG not in run.tags:
            return CheckRunHealthResult(WorkerStatus.RUNNING, "nothing is known of its process")
        try:
            known = self._is_known(run)
        except DagsterUserCodeUnreachableError:
            since = self._unheard.setdefault(run.run_id, time.monotonic())
            gone = time.monotonic() - since >= OUT_OF_REACH_SECONDS
            return _told(gone=gone, why=f"its code server has been out of reach for {OUT_OF_REACH_SECONDS} s")
        self._unheard.pop(run.run_id, None)
        return _told(gone=not known, why="its code server does not know it")

    def _is_known(self, run: DagsterRun) -> bool:
        # Late: only the daemon needs it.
        from dagster._grpc.client import DagsterGrpcClient
        from dagster._grpc.types import CanCancelExecutionRequest, CanCancelExecutionResult
        from dagster._serdes import deserialize_value

        told = json.loads(run.tags[GRPC_INFO_TAG])
        client = DagsterGrpcClient(
            port=told.get("port"),
            socket=told.get("socket"),
            host=told.get("host"),
            use_ssl=bool(told.get("use_ssl")),
        )
        answer = client.can_cancel_execution(CanCancelExecutionRequest(run_id=run.run_id), timeout=10)
        return deserialize_value(answer, CanCancelExecutionResult).can_cancel


def this_process() -> str:
    """The process that calls, in words by which another one of this machine can tell whether it is still there."""
    return f"{socket.gethostname()}/{os.getpid()}/{_start_of(os.getpid())}"


def is_gone(process: str) -> bool:
    """Whether a process that `this_process` told of has ended; of another machine nobody can say."""
    host, pid, start = process.rsplit("/", 2)
    return host == socket.gethostname() and _start_of(int(pid)) != start


def _told(*, gone: bool, why: str) -> CheckRunHealthResult:
    return CheckRunHealthResult(WorkerStatus.FAILED, why) if gone else CheckRunHealthResult(WorkerStatus.RUNNING)


def _start_of(pid: int) -> str:
    """When a process began, in the system's own words; empty where there is none, or only its remains."""
    if Path("/proc/self/stat").exists():
        with suppress(OSError):
            # What follows its name, which may hold blanks and brackets: its state first, its start as the 20th.
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            return "" if fields[0] in "ZX" else fields[19]
        return ""
    command = ["ps", "-o", "lstart=", "-p", str(pid)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()  # noqa: S603 - our own
