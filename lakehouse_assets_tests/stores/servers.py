"""Servers of the tests: on 127.0.0.1 and free ports, ended by their own process, and with whoever started them."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

SECONDS = 60  # that a server may take until it answers
# The kernel ends a server with whoever started it (PR_SET_PDEATHSIG, SIGKILL). A program between asks for it and then
# becomes the server: `preexec_fn` would fork, and of the forks of a process that speaks gRPC one in sixty dies of it.
TIED = "import ctypes, os, sys; ctypes.CDLL(None).prctl(1, 9); os.execvp(sys.argv[1], sys.argv[1:])"


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 that nobody listens on."""
    held = [socket.socket() for _ in range(count)]
    try:
        for one in held:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in held]
    finally:
        for one in held:
            one.close()


@contextmanager
def serving(
    command: Sequence[str], environment: Mapping[str, str], log: Path, answers: Callable[[], object]
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server until the block ends; it is entered when `answers` no longer raises."""
    with log.open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-IS", "-c", TIED, *command], env=dict(environment), stdout=said, stderr=subprocess.STDOUT
        )
        try:
            _wait(process, log, answers)
            yield process
        finally:
            process.terminate()
            try:
                process.wait(3)
            except subprocess.TimeoutExpired:  # one that drains connections which clients keep open
                process.kill()
                process.wait(5)


def _wait(process: subprocess.Popen[bytes], log: Path, answers: Callable[[], object]) -> None:
    until = time.monotonic() + SECONDS
    while True:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args!r} ended by itself:\n{log.read_text()[-2000:]}")
        try:
            answers()
        except Exception:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
        else:
            return
