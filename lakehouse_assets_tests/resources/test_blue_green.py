"""Blue and green, as docs/releases.md has it: a real webserver, and two servers of code side by side."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from gates.deploy import reload
from lakehouse_assets_tests.resources.deployment import Deployment, health
from lakehouse_assets_tests.stores.servers import free_ports


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    """Runs are started by whom they are asked of: the daemon, which starts them elsewhere, is not part of this."""
    at_once = "{module: dagster._core.run_coordinator, class: DefaultRunCoordinator}"
    (tmp_path / "dagster.yaml").write_text(f"telemetry: {{enabled: false}}\nrun_coordinator: {at_once}\n")
    return Deployment(tmp_path, *free_ports(1))


def test_green_takes_over_from_blue_and_gives_back_and_no_run_is_lost(deployment: Deployment) -> None:
    with deployment.with_blue() as blue:
        begun_by_blue = deployment.launched()
        assert deployment.until(begun_by_blue, "STARTED") == "blue"

        with deployment.code("green") as green:
            # Green is up and looked at, and asked by nobody: what is launched is still blue's.
            looked = deployment.valid(green)
            assert looked.returncode == 0, looked.stderr
            still_blue = deployment.launched()
            assert deployment.run(still_blue)[1] == "blue"

            deployment.served_by(green)
            assert reload(deployment.url) == ""
            begun_by_green = deployment.launched()
            assert deployment.until(begun_by_green, "STARTED") == "green"

            # What blue began goes on beside it, and ends with blue's code.
            assert deployment.run(begun_by_blue) == ("STARTED", "blue")
            deployment.open_the_gate()
            for run_id in (begun_by_blue, still_blue, begun_by_green):
                deployment.until(run_id, "SUCCESS")
            assert sorted(deployment.told) == ["blue", "blue", "green"]

            # And back, by the same step.
            deployment.close_the_gate()
            begun_by_green = deployment.launched()
            assert deployment.until(begun_by_green, "STARTED") == "green"
            deployment.served_by(blue)
            assert reload(deployment.url) == ""
            after = deployment.launched()
            deployment.open_the_gate()
            assert deployment.until(after, "SUCCESS") == "blue"
            assert deployment.until(begun_by_green, "SUCCESS") == "green"
        # Green is gone, and nobody misses it.
        assert reload(deployment.url) == ""
        assert deployment.until(deployment.launched(), "SUCCESS") == "blue"


def test_green_that_cannot_be_loaded_is_told_before_and_after_a_switch(deployment: Deployment) -> None:
    broken = "raise ValueError('a table is declared wrongly')"
    with deployment.with_blue() as blue, deployment.code("green", broken) as green:
        assert health(green) == 0, "the server is up, whatever its code"
        looked = deployment.valid(green)
        assert looked.returncode == 1
        assert "a table is declared wrongly" in looked.stdout + looked.stderr

        deployment.served_by(green)
        assert "a table is declared wrongly" in reload(deployment.url)
        deployment.served_by(blue)
        assert reload(deployment.url) == ""
        deployment.open_the_gate()
        assert deployment.until(deployment.launched(), "SUCCESS") == "blue"


@pytest.mark.long
def test_the_daemon_follows_by_itself_and_no_run_that_waited_for_it_is_lost(tmp_path: Path) -> None:
    (tmp_path / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    deployment = Deployment(tmp_path, *free_ports(1))
    deployment.open_the_gate()
    daemon = ("dagster-daemon", "run", "--workspace", str(tmp_path / "workspace.yaml"))
    with deployment.with_blue(), deployment.process("daemon", *daemon), deployment.code("green") as green:
        deployment.until(deployment.launched(), "SUCCESS")
        assert deployment.told == ["blue"]
        deployment.served_by(green)
        assert reload(deployment.url) == ""
        switched = time.monotonic()
        while deployment.told[-1] == "blue":
            deployment.until(deployment.launched(), "SUCCESS")
            assert time.monotonic() < switched + 180
        assert set(deployment.told[:-1]) == {"blue"}
