"""Processes that outlive the command that starts them, kept by id and ended by it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from lakehouse_assets.errors import EngineError


@dataclass(frozen=True)
class Process:
    """A process by its id and by when it began: an id alone is given to another one some day."""

    name: str
    pid: int
    began: float  # seconds of the epoch
    log: str

    @property
    def alive(self) -> bool:
        """Whether this very process still runs."""
        try:
            process = psutil.Process(self.pid)
            # The clock that a beginning is told by may be set meanwhile, by less than an id takes to come round.
            return abs(process.create_time() - self.began) < 2 and process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False

    def stop(self, seconds: float = 10) -> None:
        """End it with all that it started, first asking, then not; one that is gone is fine."""
        for how in (signal.SIGTERM, signal.SIGKILL):
            if not self.alive:
                return
            with suppress(ProcessLookupError):
                os.killpg(self.pid, how)
            with suppress(psutil.NoSuchProcess, psutil.TimeoutExpired):
                psutil.Process(self.pid).wait(seconds)


def start(name: str, command: Sequence[str], log: Path, environment: Mapping[str, str]) -> Process:
    """Start a process in a group of its own, which neither a terminal's interrupt nor our end reaches."""
    with log.open("wb") as out:
        started = psutil.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            env=dict(environment),
            cwd=log.parent,
            start_new_session=True,
        )
    return Process(name, started.pid, started.create_time(), str(log))


def wait_until(ready: Callable[[], bool], process: Process, seconds: float) -> None:
    """Wait for a process to be ready. Raises EngineError, with the end of its log, where it dies or takes too long."""
    until = time.monotonic() + seconds
    while not ready():
        if not process.alive:
            raise EngineError(f"{process.name} ended: {_last_words(process)}", where=process.log, remedy="see its log")
        if time.monotonic() > until:
            raise EngineError(
                f"{process.name} was not ready after {seconds:.0f} s: {_last_words(process)}",
                where=process.log,
                remedy="see its log",
            )
        time.sleep(0.1)


def free_ports(count: int) -> list[int]:
    """Different ports of 127.0.0.1 that nobody listens on."""
    with ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]


def answers(port: int) -> bool:
    """Whether somebody listens on a port of this machine."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def _last_words(process: Process) -> str:
    lines = Path(process.log).read_text(errors="replace").splitlines()
    telling = [line for line in lines if "Exception" in line or "ERROR" in line or "error" in line.lower()]
    return (telling or lines or ["it said nothing"])[-1].strip()[:300]
