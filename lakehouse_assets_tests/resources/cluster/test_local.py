"""A cluster on this machine: what it needs, and that it ends."""

from __future__ import annotations

import json
import os
import re
import subprocess
import urllib.request
from dataclasses import asdict
from pathlib import Path

import pytest

from lakehouse_assets.errors import EngineError
from lakehouse_assets_tests.cli.command import LAKEHOUSE
from resources.cluster.java import release, require_java
from resources.cluster.local import QUICK, STATE, Cluster, running, start_cluster, stop_cluster
from resources.cluster.processes import Process, answers, start


def java(folder: Path, said: str) -> Path:
    """A program called java that says this of itself."""
    path = folder / "bin" / "java"
    path.parent.mkdir(parents=True)
    path.write_text(f"#!/bin/sh\necho '{said}' >&2\n")
    path.chmod(0o755)
    return folder


def test_without_java_one_line_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineError, match="needs Java, and there is none\nRemedy: install Java 17"):
        start_cluster(tmp_path / "cluster")
    assert not (tmp_path / "cluster").exists()


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ('openjdk version "1.8.0_392"', "Java 8"),
        ('java version "11.0.2" 2019', "Java 11"),
        ("what?", "no Java that says"),
    ],
)
def test_a_java_that_is_too_old_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, said: str, found: str
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(java(tmp_path, said)))
    with pytest.raises(EngineError, match=f"Spark needs Java 17 or later; this is {found}"):
        require_java()


@pytest.mark.parametrize(
    ("said", "number"), [('openjdk version "17.0.15" 2025-04-15', 17), ('openjdk version "21" 2023', 21), ("", None)]
)
def test_the_release_of_java_is_read(said: str, number: int | None) -> None:
    assert release(said) == number


def test_a_process_that_got_the_id_of_ours_is_left_alone(tmp_path: Path) -> None:
    other = start("other", ["sleep", "60"], tmp_path / "log", dict(os.environ))
    try:
        ours = Process("master", other.pid, other.began - 60, str(tmp_path / "log"))
        (tmp_path / STATE).write_text(json.dumps(asdict(Cluster("sc://127.0.0.1:1", "", "", (ours,)))))
        assert not ours.alive
        assert stop_cluster(tmp_path)
        assert other.alive
        assert running(tmp_path) is None
    finally:
        other.stop()
    assert not other.alive


def test_a_process_that_becomes_another_program_lives_on(tmp_path: Path) -> None:
    script, done = tmp_path / "script", tmp_path / "done"
    script.write_text(f"#!/bin/sh\n[ $1 -gt 300 ] && touch {done} && exec sleep 60\nexec {script} $(($1 + 1))\n")
    script.chmod(0o755)
    process = start("changing", [str(script), "0"], tmp_path / "log", dict(os.environ))
    try:
        while not done.exists():
            assert process.alive
    finally:
        process.stop()


def test_stopping_what_was_never_started_is_fine(tmp_path: Path) -> None:
    assert stop_cluster(tmp_path) is False


def executors_of(cluster: Cluster) -> str:
    """What the JVMs that compute are started with, beside their memory, as Spark's own page tells."""
    applications = f"{cluster.ui}/api/v1/applications"
    with urllib.request.urlopen(applications, timeout=20) as answer:
        name = json.load(answer)[0]["id"]
    with urllib.request.urlopen(f"{applications}/{name}/environment", timeout=20) as answer:
        return dict(json.load(answer)["sparkProperties"]).get("spark.executor.extraJavaOptions", "")


@pytest.mark.cluster
def test_unless_it_is_to_last_a_cluster_is_made_for_minutes(cluster: Cluster) -> None:
    assert QUICK in executors_of(cluster)


@pytest.mark.cluster
def test_a_cluster_is_started_told_of_and_stopped_by_command(tmp_path: Path) -> None:
    def lakehouse(*words: str) -> str:
        environment = os.environ | {"LAKEHOUSE_HOME": str(tmp_path), "COLUMNS": "200"}
        done = subprocess.run(
            [LAKEHOUSE, "cluster", *words], env=environment, capture_output=True, text=True, timeout=300
        )
        return done.stdout + done.stderr

    try:
        told = lakehouse("start", "--no-s3", "--workers", "1", "--lasting")
        found = re.search(r"^export LAKEHOUSE_ENGINE=spark SPARK_REMOTE=sc://127.0.0.1:(\d+)$", told, re.MULTILINE)
        assert found, told
        port = int(found.group(1))
        assert answers(port)
        assert found.group(0) in lakehouse("status")
        assert "a cluster runs already" in lakehouse("start")
        cluster = running(tmp_path / "cluster")
        assert cluster is not None
        assert cluster.alive
        assert QUICK not in executors_of(cluster)
    finally:
        assert "stopped" in lakehouse("stop")
    assert not answers(port)
    assert [process for process in cluster.processes if process.alive] == []
    assert "No cluster was started here" in lakehouse("status")
