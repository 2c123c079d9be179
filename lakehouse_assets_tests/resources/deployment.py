"""A deployment on this machine: a real webserver, and as many servers of code as are wanted."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lakehouse_assets_tests.stores.servers import free_ports

REPOSITORY = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
# Code of a location: a job that tells which code runs it, once it may end. test_container.py serves the platform's own.
CODE = """
import time
from pathlib import Path
import dagster as dg

{broken}

@dg.op
def tell() -> None:
    while not Path({gate!r}).exists():
        time.sleep(0.1)
    Path({told!r}).open("a").write("{colour}\\n")

@dg.job(tags={{"colour": "{colour}"}})
def telling() -> None:
    tell()

defs = dg.Definitions(jobs=[telling])
"""
LAUNCH = """mutation($selector: JobOrPipelineSelector!) {
  launchRun(executionParams: {selector: $selector, mode: "default"}) {
    ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }"""
RUN = "query($id: ID!) { runOrError(runId: $id) { ... on Run { status tags { key value } } } }"
REPOSITORY_NAME = "__repository__"


@dataclass
class Deployment:
    """A folder as /app/deploy is, its webserver, and who serves code where."""

    folder: Path
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def asked(self, query: str, **variables: Any) -> dict[str, Any]:
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(f"{self.url}/graphql", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)["data"]

    def served_by(self, code: int, file: str = "workspace.yaml") -> Path:
        """The one step of a switch: the address in workspace.yaml; the location keeps its name."""
        text = (REPOSITORY / "resources/deploy/workspace.yaml").read_text()
        (self.folder / file).write_text(text.replace("port: 4000", f"port: {code}"))
        return self.folder / file

    def valid(self, code: int) -> subprocess.CompletedProcess[str]:
        """Whether a server of code, asked by nobody yet, has loaded every definition."""
        command = [str(BIN / "dagster"), "definitions", "validate", "-w", str(self.served_by(code, "green.yaml"))]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False, timeout=120)

    @property
    def environment(self) -> dict[str, str]:
        known = {name: value for name, value in os.environ.items() if not name.startswith(("LAKEHOUSE_", "DAGSTER_"))}
        told = {"DAGSTER_HOME": self.folder, "LAKEHOUSE_CODE_HOST": "127.0.0.1", "LAKEHOUSE_HOME": self.folder / "home"}
        return known | {name: str(value) for name, value in told.items()}

    def launched(self) -> str:
        selector = {
            "repositoryLocationName": "lakehouse",
            "repositoryName": REPOSITORY_NAME,
            "pipelineName": "telling",
        }
        told = self.asked(LAUNCH, selector=selector)["launchRun"]
        return told["run"]["runId"]

    def run(self, run_id: str) -> tuple[str, str]:
        """How a run is, and which code's it is."""
        told = self.asked(RUN, id=run_id)["runOrError"]
        return told["status"], {tag["key"]: tag["value"] for tag in told["tags"]}["colour"]

    def until(self, run_id: str, status: str) -> str:
        """The colour of the run, once it has come to this."""
        ends = time.monotonic() + 300
        while (now := self.run(run_id))[0] != status:
            assert now[0] not in ("FAILURE", "CANCELED"), now
            assert time.monotonic() < ends, now
            time.sleep(0.3)
        return now[1]

    def open_the_gate(self) -> None:
        (self.folder / "gate").touch()

    def close_the_gate(self) -> None:
        (self.folder / "gate").unlink()

    @property
    def told(self) -> list[str]:
        return (self.folder / "told").read_text().split()

    @contextmanager
    def process(self, name: str, *command: str) -> Iterator[subprocess.Popen[bytes]]:
        """A command of Dagster's, ended by its process."""
        with (self.folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                [str(BIN / command[0]), *command[1:]], env=self.environment, stdout=log, stderr=log
            )
            try:
                yield process
            finally:
                process.terminate()
                process.wait(60)

    @contextmanager
    def code(self, colour: str, broken: str = "") -> Iterator[int]:
        """Code of this colour, served at the port that is given, as the image serves it."""
        file = self.folder / f"{colour}.py"
        gate, told = str(self.folder / "gate"), str(self.folder / "told")
        file.write_text(CODE.format(colour=colour, gate=gate, told=told, broken=broken))
        (port,) = free_ports(1)
        serve = ("dagster", "code-server", "start", "--host", "127.0.0.1", "--port", str(port))
        with self.process(colour, *serve, "--python-file", str(file)) as process:
            until(lambda: health(port) == 0 or process.poll() is not None, f"{colour} did not answer")
            yield port

    @contextmanager
    def with_blue(self) -> Iterator[int]:
        """Blue serves, and the webserver shows it."""
        with self.code("blue") as blue:
            web = ("dagster-webserver", "--host", "127.0.0.1", "--port", str(self.port))
            with self.process("web", *web, "--workspace", str(self.served_by(blue))):
                until(self.answers, "no webserver")
                yield blue

    def answers(self) -> bool:
        try:
            return "version" in self.asked("{ version }")
        except (urllib.error.URLError, ConnectionError):
            return False


def health(port: int) -> int:
    """What the health check of the image ends with."""
    command = [str(BIN / "dagster"), "api", "grpc-health-check", "--port", str(port)]
    return subprocess.run(command, capture_output=True, check=False, timeout=60).returncode


def until(happens: Any, else_say: str) -> None:
    ends = time.monotonic() + 300
    while not happens():
        assert time.monotonic() < ends, else_say
        time.sleep(0.5)
