"""Servers of the tests: on 127.0.0.1 and free ports, ended by their own process, and with whoever started them."""

from __future__ import annotations

import random
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

SECONDS = 180  # that a server may take until it answers
CHOSEN = Path("/proc/sys/net/ipv4/ip_local_port_range")  # ports that the kernel gives to whoever names none
# The kernel ends a server with whoever started it (PR_SET_PDEATHSIG, SIGKILL). A program between asks for it and then
# becomes the server: `preexec_fn` would fork, and of the forks of a process that speaks gRPC one in sixty dies of it.
TIED = "import ctypes, os, sys; ctypes.CDLL(None).prctl(1, 9); os.execvp(sys.argv[1], sys.argv[1:])"
_claims: list[socket.socket] = []


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 that nobody listens on, and that nobody is given before a server of this process has them.

    A port that the kernel chose and that was let go again may be its next answer to another worker: these are ports
    that it chooses for nobody, and each is claimed until this process ends.
    """
    low, high = map(int, CHOSEN.read_text().split())
    apart = [*range(10_000, low), *range(high + 1, 65_536)] or range(10_000, 65_536)
    found: list[int] = []
    while len(found) < count:
        port = random.SystemRandom().choice(apart)
        if _claim(port):
            found.append(port)
    return found


def _claim(port: int) -> bool:
    """Whether nobody has the port, and it is ours now: by a name that one process can have, and loses as it ends."""
    claim = socket.socket(socket.AF_UNIX)
    try:
        claim.bind(f"\0lakehouse-tests-port-{port}")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
    except OSError:
        claim.close()
        return False
    _claims.append(claim)
    return True


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
