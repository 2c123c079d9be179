"""Processes that outlive the command that starts them, kept by id and ended by it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from lakehouse_assets.errors import EngineError


@dataclass(frozen=True)
class Process:
    """A process by its id and by what it was started as: an id alone is given to another one some day."""

    name: str
    pid: int
    sign: str  # part of its command line
    log: str

    @property
    def alive(self) -> bool:
        """Whether this very process still runs."""
        return self.sign in _command_of(self.pid)

    def stop(self, seconds: float = 10) -> None:
        """End it with all that it started, first asking, then not; one that is gone is fine."""
        for how, patience in ((signal.SIGTERM, seconds), (signal.SIGKILL, seconds)):
            if not self.alive:
                return
            with suppress(ProcessLookupError):
                os.killpg(self.pid, how)
            until = time.monotonic() + patience
            while self.alive and time.monotonic() < until:
                _reap(self.pid)
                time.sleep(0.05)


def start(name: str, command: Sequence[str], sign: str, log: Path, environment: Mapping[str, str]) -> Process:
    """Start a process in a group of its own, which neither a terminal's interrupt nor our end reaches."""
    with log.open("wb") as out:
        started = subprocess.Popen(  # noqa: S603 - our own commands
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            env=dict(environment),
            cwd=log.parent,
            start_new_session=True,
        )
    # Between two programs a process has no command line, by which it could be told from another.
    until = time.monotonic() + 1
    while not _command_of(started.pid) and started.poll() is None and time.monotonic() < until:
        time.sleep(0.001)
    return Process(name, started.pid, sign, str(log))


def wait_until(ready: Callable[[], bool], process: Process, seconds: float) -> None:
    """Wait for a process to be ready. Raises EngineError, with the end of its log, where it dies or takes too long."""
    until = time.monotonic() + seconds
    seen = False  # until its script has become what it starts, a process has another command line
    while not ready():
        _reap(process.pid)
        seen = seen or process.alive
        if (seen and not process.alive) or not _exists(process.pid):
            raise EngineError(f"{process.name} ended: {_last_words(process)}", where=process.log, remedy="see its log")
        if time.monotonic() > until:
            raise EngineError(
                f"{process.name} was not ready after {seconds:.0f} s: {_last_words(process)}",
                where=process.log,
                remedy="see its log",
            )
        time.sleep(0.1)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    """Whether somebody listens on a port of this machine."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _reap(pid: int) -> None:
    """Forget a child of ours that has ended; until then it seems to exist."""
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)


def _command_of(pid: int) -> str:
    """The command line of a process; empty where there is none."""
    proc = Path(f"/proc/{pid}/cmdline")
    if Path("/proc/self/cmdline").exists():
        with suppress(OSError):
            return proc.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        return ""
    command = ["ps", "-o", "command=", "-p", str(pid)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout  # noqa: S603 - our own


def _last_words(process: Process) -> str:
    lines = Path(process.log).read_text(errors="replace").splitlines()
    telling = [line for line in lines if "Exception" in line or "ERROR" in line or "error" in line.lower()]
    return (telling or lines or ["it said nothing"])[-1].strip()[:300]
