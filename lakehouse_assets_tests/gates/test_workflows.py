"""The workflows run what can be run here: make targets that there are, and actions that are pinned."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

REPOSITORY = Path(__file__).parents[2]
WORKFLOWS = sorted((REPOSITORY / ".github/workflows").glob("*.yml"))
PINNED = re.compile(r"actions/[a-z-]+@[0-9a-f]{40}")


def steps(workflow: Path) -> list[dict[str, Any]]:
    return [step for job in yaml.safe_load(workflow.read_text())["jobs"].values() for step in job["steps"]]


def targets() -> set[str]:
    return set(re.findall(r"^\.PHONY: (\S+)$", (REPOSITORY / "Makefile").read_text(), re.M))


def test_there_are_the_four_workflows() -> None:
    assert {workflow.stem for workflow in WORKFLOWS} == {"pull-request", "main", "release", "nightly"}


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_every_step_is_a_make_target_that_there_is_or_a_pinned_action(workflow: Path) -> None:
    for step in steps(workflow):
        if "uses" in step:
            assert PINNED.fullmatch(step["uses"]), step
            continue
        command = re.fullmatch(r"make ((?:[a-z-]+ ?)+)(?: ?[A-Z]+=\S+)*", step["run"])
        assert command, f"{step['run']} calls no make target alone"
        assert set(command[1].split()) <= targets(), step["run"]


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_the_same_action_is_pinned_to_the_same_commit_and_says_its_version(workflow: Path) -> None:
    lines = [line for w in WORKFLOWS for line in w.read_text().splitlines() if "uses:" in line]
    assert all(re.search(r"@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line) for line in lines)
    assert len(set(lines)) == len({line.partition("@")[0] for line in lines})


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_may_nothing_by_itself_and_each_job_says_what_it_may(workflow: Path) -> None:
    said = yaml.safe_load(workflow.read_text())
    assert said["permissions"] == {}
    for name, job in said["jobs"].items():
        assert job["permissions"].get("contents") in ("read", "write"), name
        assert job["timeout-minutes"], name
    writes = [(n, p) for n, job in said["jobs"].items() for p, right in job["permissions"].items() if right == "write"]
    may = {
        "pull-request": [("tables", "pull-requests")],
        "main": [("build", "packages"), ("staging", "id-token")],
        "release": [("publish", "contents"), ("publish", "packages"), ("production", "id-token")],
        "nightly": [],
    }
    assert writes == may[workflow.stem]


def test_a_release_is_measured_by_its_own_name() -> None:
    """Without it, the newest release up to it is the release itself, and nothing is ever worse than itself."""
    (step,) = [s for s in steps(REPOSITORY / ".github/workflows/release.yml") if s.get("run") == "make performance"]
    assert step["env"] == {"NAME": "${{ github.ref_name }}"}


def test_each_night_the_site_is_built_with_screenshots_and_kept() -> None:
    job = yaml.safe_load((REPOSITORY / ".github/workflows/nightly.yml").read_text())["jobs"]["site"]
    done = [step.get("run") for step in job["steps"] if "run" in step]
    assert done == ["make machine", "make screenshots", "make site"]
    kept = job["steps"][-1]
    assert kept["uses"].startswith("actions/upload-artifact@")
    assert kept["with"]["path"] == "build/site/"


def test_what_ci_proves_are_targets_that_there_are_and_the_gates_that_need_no_network_are_among_them() -> None:
    lines = (REPOSITORY / ".ci/run").read_text().splitlines()
    run = [line.removeprefix("make ") for line in lines if line.startswith("make ")]
    assert set(run) <= targets()
    assert {"check", "secrets", "licences", "infra-test", "test", "test-cluster"} <= set(run)


def test_every_target_has_a_line_in_make_help() -> None:
    told = subprocess.run(["make", "help"], cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout
    helped = set(re.findall(r"^  make (\S+)", told, re.M))
    assert targets() == helped
