"""The image and the compose file, without a daemon that could build or start them."""

from __future__ import annotations

import re
import subprocess

import pytest

from infra.core import REPOSITORY, TREE
from infra.image import copied_from_context, instructions, services
from infra.scans import BIN, checkov

OURS = ("code", "daemon", "webserver")


def test_hadolint_has_nothing_against_the_dockerfile() -> None:
    done = subprocess.run([BIN / "hadolint", REPOSITORY / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_checkov_has_nothing_against_the_dockerfile(tmp_path) -> None:
    (tmp_path / "Dockerfile").write_text((REPOSITORY / "Dockerfile").read_text())
    scan = checkov(tmp_path, "dockerfile")
    assert scan.failed == ()
    assert scan.passed > 10


@pytest.mark.parametrize("profile", ["postgres", "aws", "azure"])
def test_all_that_the_image_is_made_of_is_there_and_is_sent_to_who_builds_it(profile: str) -> None:
    sent = {line[1:] for line in (REPOSITORY / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    for source in copied_from_context():
        path = source.replace("${PROFILE}", profile)
        assert (REPOSITORY / path).exists(), path
        assert path.split("/")[0] in sent, path


def test_the_image_runs_as_nobody_in_particular_and_writes_two_folders() -> None:
    said = dict(instructions())
    assert said["USER"] == "10001:10001"
    assert said["VOLUME"] == '["/tmp", "/app/deploy/storage"]'


def test_who_is_told_of_what_goes_wrong_is_in_the_image_where_the_code_looks_for_it() -> None:
    assert any("LAKEHOUSE_ALERTS=/app/deploy/alerts.toml" in said for name, said in instructions() if name == "ENV")
    assert "resources/deploy/alerts.toml" in copied_from_context()


def test_each_of_ours_is_given_the_clouds_own_variables_where_somebody_wrote_them_down() -> None:
    for name in OURS:
        assert services()[name]["env_file"] == [{"path": "lakehouse.env", "required": False}]


def test_what_must_be_said_stands_at_the_head_of_the_compose_file() -> None:
    text = (REPOSITORY / "compose.yaml").read_text()
    head = text[: text.index("name: lakehouse")]
    assert [name for name in set(re.findall(r"\$\{(\w+):\?", text)) if f" {name}=" not in head] == []


def test_bases_are_versions() -> None:
    bases = [said.split()[0] for name, said in instructions() if name == "FROM"]
    assert all(re.fullmatch(r"[a-z]+:\d+\.\d+\.\d+-[a-z-]+", base) for base in bases)


def test_the_cloud_starts_what_the_compose_file_starts() -> None:
    commands = {name: services()[name]["command"] for name in OURS}
    of_aws = (TREE / "modules/aws-dagster/main.tf").read_text()
    for command in commands.values():
        assert "[" + ", ".join(f'"{word}"' for word in command) + "]" in of_aws
    of_azure = (TREE / "modules/azure-dagster/main.tf").read_text() + (
        TREE / "modules/azure-dagster/proxy.tf"
    ).read_text()
    assert " ".join(commands["webserver"]) in of_azure
    for name in ("code", "daemon"):
        assert "[" + ", ".join(f'"{word}"' for word in commands[name]) + "]" in of_azure


def test_whoever_has_work_under_way_is_given_the_time_that_a_cloud_gives() -> None:
    """Runs are children of the code: of the 10 seconds that compose gives by itself most of them would be killed."""
    assert "stopTimeout            = 120" in (TREE / "modules/aws-dagster/main.tf").read_text()
    assert [services()[name]["stop_grace_period"] for name in ("code", "daemon")] == ["2m", "2m"]


def test_nothing_of_ours_is_root_or_writes_or_is_reached_from_outside() -> None:
    for name in OURS:
        service = services()[name]
        assert (service["read_only"], service["user"], service["cap_drop"]) == (True, "10001:10001", ["ALL"])
        assert "ports" not in service
    assert services()["proxy"]["ports"] == ["127.0.0.1:8443:4443"]


def test_each_of_ours_is_told_whose_lake_it_is_and_where_it_lies() -> None:
    said = ("ENVIRONMENT", "BRANCH", "ROOT", "LAYERS", "LANDING", "QUEUE", "ENGINE")
    for name in OURS:
        told = services()[name]["environment"]
        for variable in (f"LAKEHOUSE_{word}" for word in said):
            assert told[variable].startswith(f"${{{variable}:"), (name, variable)


def test_no_secret_has_a_value_in_the_compose_file() -> None:
    for name, service in services().items():
        for variable, value in service.get("environment", {}).items():
            if re.search("PASSWORD|SECRET", variable):
                assert re.fullmatch(r"\$\{\w+:\?[^}]+\}", value), (name, variable)


def test_the_compose_file_is_one_by_the_specification() -> None:
    check = [BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", REPOSITORY / "compose.yaml"]
    done = subprocess.run(check, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "ok -- validation done\n")
