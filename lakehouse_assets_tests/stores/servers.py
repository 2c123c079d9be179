"""Servers of the tests: on 127.0.0.1 and free ports, ended by their own process, and with whoever started them."""

from __future__ import annotations

import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

SECONDS = 180  # that a server may take until it answers
# What the kernel gives to whoever asks for any port, clients of servers too: `FIRST LAST`.
GIVEN = Path("/proc/sys/net/ipv4/ip_local_port_range")
WORKERS = 16  # of one run of the tests that have ports of their own
# The kernel ends a server with whoever started it (PR_SET_PDEATHSIG, SIGKILL). A program between asks for it and then
# becomes the server: `preexec_fn` would fork, and of the forks of a process that speaks gRPC one in sixty dies of it.
TIED = "import ctypes, os, sys; ctypes.CDLL(None).prctl(1, 9); os.execvp(sys.argv[1], sys.argv[1:])"


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 that nobody listens on, nor will before the server that they are for does.

    They are none of those that the kernel gives to others meanwhile, and each worker of the tests has its own.
    """
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    own = range(10_000 + worker % WORKERS, max(int(GIVEN.read_text().split()[0]), 20_000), WORKERS)
    found: list[int] = []
    for port in random.sample(own, len(own)):
        if len(found) == count:
            break
        with socket.socket() as one, suppress(OSError):  # somebody else's
            one.bind(("127.0.0.1", port))
            found.append(port)
    assert len(found) == count, f"of the ports {own} only {found} are free"
    return found


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
                process.wait(60)


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
