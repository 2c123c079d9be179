"""`lakehouse dev` beside another one."""

import subprocess

from lakehouse_assets_tests.cli.command import LAKEHOUSE


def test_a_second_one_of_the_same_home_is_refused_because_both_would_start_runs(
    dagster_ui: str, environment: dict[str, str]
) -> None:
    done = subprocess.run(
        [LAKEHOUSE, "dev", "--port", "1"], env=environment, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, dagster_ui.startswith("http")) == (1, True)
    assert "a `lakehouse dev` of this home runs already" in done.stderr
    assert environment["LAKEHOUSE_HOME"] in done.stderr
