"""A deployment loads its code anew at a word, and what went wrong is told."""

from __future__ import annotations

import pytest

from gates.deploy import reload


def test_a_running_dagster_loads_its_code_location_anew(dagster_ui: str) -> None:
    assert reload(dagster_ui, "lakehouse_assets.definitions") == ""


def test_a_location_that_is_none_is_told(dagster_ui: str) -> None:
    assert "nowhere" in reload(dagster_ui, "nowhere")


def test_a_webserver_that_is_not_there_is_told() -> None:
    assert reload("http://127.0.0.1:9").startswith("http://127.0.0.1:9: ")


@pytest.mark.parametrize("url", ["", "127.0.0.1:3000", "ftp://host"])
def test_an_address_that_is_none_is_told(url: str) -> None:
    assert "no address of a webserver" in reload(url)
