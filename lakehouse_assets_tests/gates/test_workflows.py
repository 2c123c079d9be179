"""The workflows run what can be run here: make targets that there are, and actions that are pinned."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

REPOSITORY = Path(__file__).parents[2]
WORKFLOWS = sorted((REPOSITORY / ".github/workflows").glob("*.yml"))
STACKS = REPOSITORY / "terraform/stacks"
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
        "release": [
            ("publish", "contents"),
            ("publish", "packages"),
            ("before", "id-token"),
            ("production", "id-token"),
        ],
        "nightly": [],
    }
    assert writes == may[workflow.stem]


def test_every_merge_is_built_whatever_waits_for_staging() -> None:
    """Of runs that wait in a group GitHub keeps the newest alone, and a commit without a wheel cannot be released."""
    main = yaml.safe_load((REPOSITORY / ".github/workflows/main.yml").read_text())
    assert "concurrency" not in main
    assert "concurrency" not in main["jobs"]["build"]
    assert main["jobs"]["staging"]["concurrency"] == {"group": "staging", "cancel-in-progress": False}


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
    assert {"check", "licences", "infra-test", "test", "test-cluster"} <= set(run)


def test_who_checks_before_a_commit_is_told_of_secrets_and_of_bad_workflows_as_ci_would_tell_him() -> None:
    asked = dry(REPOSITORY, "check")
    assert all(tool in asked for tool in ("detect-secrets-hook", "zizmor", "actionlint"))


def test_every_target_has_a_line_in_make_help() -> None:
    told = subprocess.run(["make", "help"], cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout
    helped = set(re.findall(r"^  make (\S+)", told, re.M))
    assert targets() == helped


def test_a_release_is_recorded_where_the_stacks_say_that_the_lake_lies() -> None:
    """Each job that records one has the variables that say where tables are, by the names that the outputs give."""
    outputs = [(STACKS / cloud / "outputs.tf").read_text() for cloud in ("aws", "azure")]
    where = [dict(re.findall(r'^output "(root|layers)" {\n  description = "(\w+)"', text, re.M)) for text in outputs]
    assert where == [{"root": "LAKEHOUSE_ROOT", "layers": "LAKEHOUSE_LAYERS"}] * 2
    jobs = yaml.safe_load((REPOSITORY / ".github/workflows/release.yml").read_text())["jobs"].values()
    recording = [job for job in jobs if any("make release" in step.get("run", "") for step in job["steps"])]
    assert len(recording) == 2
    for job in recording:
        assert job["env"]["LAKEHOUSE_ENVIRONMENT"] == job["environment"] == "production"
        for name in where[0].values():
            assert job["env"][name] == f"${{{{ vars.{name} }}}}"


def test_production_is_recorded_as_it_is_by_a_job_that_ends_before_the_new_code_may_come() -> None:
    jobs = yaml.safe_load((REPOSITORY / ".github/workflows/release.yml").read_text())["jobs"]
    made = {name: [step["run"] for step in job["steps"] if "run" in step] for name, job in jobs.items()}
    assert made["before"] == ["make release-before"]
    assert made["production"] == ["make deploy", "make release"]
    assert jobs["production"]["needs"] == "before"


def test_an_image_is_promoted_to_the_tag_that_the_stacks_start_it_by() -> None:
    """`code_version` is the image's tag and part of the wheel's name, which begins with a digit."""
    version = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["version"]
    for image in ("registry.example/lakehouse", "registry.example:5000/lakehouse"):
        told = dry(REPOSITORY, "promote", f"IMAGE={image}:abc", f"NAME=v{version}")
        assert told.endswith(f'--tag "{image}:{version}" "{image}:abc"\n')
    for cloud in ("aws", "azure"):
        platform = (STACKS / cloud / "platform.tf").read_text()
        assert re.search(r"^  image_tag += var.code_version$", platform, re.M)
        assert '"lakehouse_assets-${var.code_version}-py3-none-any.whl"' in platform
        assert f'"{version}"' in (STACKS / cloud / "example.tfvars").read_text()


def test_a_release_of_a_commit_that_main_did_not_build_takes_no_other_wheel(tmp_path: Path) -> None:
    """GitHub's own command is played: asked for runs it knows none, and of no run it would give anybody's newest."""
    (tmp_path / "gh").write_text('#!/bin/sh\n[ "$2" = list ] && echo || touch "$0.took"\n')
    (tmp_path / "gh").chmod(0o755)
    found = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    command = ["make", "--no-print-directory", "wheel-of-main", f"WHEELS={tmp_path}"]
    done = subprocess.run(command, cwd=REPOSITORY, env=found, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "main has built no wheel of this commit" in done.stdout
    assert not (tmp_path / "gh.took").exists()


def test_only_the_first_release_may_find_a_lake_without_tables(tmp_path: Path) -> None:
    for name in ("pyproject.toml", "setup.py", "locked/platform.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    for command in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", "one"], ["tag", "v1.0.0"]):
        subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@t", *command], cwd=tmp_path, check=True)
    assert dry(tmp_path, "release", "NAME=v1.0.0").endswith('lakehouse release "v1.0.0" --first\n')
    subprocess.run(["git", "tag", "v1.0.1"], cwd=tmp_path, check=True)
    assert dry(tmp_path, "release", "NAME=v1.0.1").rstrip().endswith('lakehouse release "v1.0.1"')


def dry(folder: Path, *arguments: str) -> str:
    """What make would run in a folder."""
    command = ["make", "-f", REPOSITORY / "Makefile", "--dry-run", "--no-print-directory", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout
