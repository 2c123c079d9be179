"""Who is told: by owner and severity, and nothing that no route takes is lost."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lakehouse_assets.errors import SettingsError
from sensors.alerts.book import Pace
from sensors.alerts.problem import Problem
from sensors.alerts.routes import Routing, load_routing, routing_of

if TYPE_CHECKING:
    from lakehouse_assets.settings import Settings

TOML = """
ui = "https://dagster.example.com/"
window_minutes = 30
otherwise = ["platform"]

[channels]
sales = "SALES_URL"
platform = "PLATFORM_URL"
guards = "GUARDS_URL"

[[routes]]
owners = ["team:sales"]
severities = ["error", "warning"]
channels = ["sales"]

[[routes]]
severities = ["security"]
channels = ["guards", "platform"]
"""
OF_IMAGES = Path(__file__).parents[3] / "resources/deploy/alerts.toml"
FAILED, WARNS = Problem("run failed", "gold/a"), Problem("check warns", "gold/a")
REFUSED = Problem("credential refused", "gold/a")


def routing(text: str = TOML) -> Routing:
    return routing_of(tomllib.loads(text), "alerts.toml")


def test_a_problem_goes_to_the_channels_of_its_owner_and_its_severity() -> None:
    found = routing()
    assert found.channels_of(FAILED, ["team:sales"]) == ("sales",)
    assert found.channels_of(WARNS, ["team:sales", "team:other"]) == ("sales",)
    assert found.channels_of(REFUSED, ["team:sales"]) == ("guards", "platform")


def test_what_no_route_takes_goes_to_the_others() -> None:
    assert routing().channels_of(FAILED, []) == ("platform",)
    assert routing().channels_of(FAILED, ["team:marketing"]) == ("platform",)


def test_that_a_channel_fails_is_told_by_another() -> None:
    assert routing().channels_of(Problem("channel fails", "sales"), []) == ("platform",)
    assert routing().channels_of(Problem("channel fails", "platform"), []) == ()


def test_a_file_says_how_often_and_where_links_lead() -> None:
    found = routing()
    assert (found.ui, found.pace, found.storm) == ("https://dagster.example.com", Pace(1_800, 86_400), 5)


def test_without_a_file_nobody_is_told_and_a_file_that_is_named_must_be_there(
    lake: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load_routing(lake) == Routing()
    (tmp_path / "a.toml").write_text(TOML)
    monkeypatch.setenv("LAKEHOUSE_ALERTS", str(tmp_path / "a.toml"))
    assert load_routing(lake) == routing()
    monkeypatch.setenv("LAKEHOUSE_ALERTS", str(tmp_path / "b.toml"))
    with pytest.raises(SettingsError, match="cannot be read"):
        load_routing(lake)


SECRET = "https://hooks.example.com/s3cr3t"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (TOML.replace('"SALES_URL"', f'"{SECRET}"'), "'sales' does not name a variable"),
        (TOML.replace('["sales"]', f'["{SECRET}"]'), "leads to something, which"),
        (TOML.replace('["sales"]', '["sale"]'), "leads to 'sale', which"),
        (TOML.replace("https://dagster", "https://me:s3cr3t@dagster"), "ui is not the address"),
        (TOML.replace('otherwise = ["platform"]', ""), "would be lost"),
        (TOML.replace('"security"', '"grave"'), "severities of a route"),
        (TOML.replace("window_minutes = 30", "window_minutes = -1"), "window_minutes is not a number above 0"),
        (TOML.replace("window_minutes", "window"), "mean nothing here: window"),
        (TOML.replace("owners =", "owner ="), "mean nothing here: owner"),
        (TOML.replace('channels = ["sales"]', "channels = []"), "leads to no channel"),
    ],
)
def test_a_file_that_cannot_be_kept_is_refused_and_no_secret_is_repeated(text: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said) as refused:
        routing(text)
    assert "s3cr3t" not in str(refused.value)


def test_a_file_that_is_no_toml_is_refused_without_repeating_it(lake: Settings) -> None:
    lake.home.mkdir(parents=True)
    (lake.home / "alerts.toml").write_text(f"[channels]\nsales = {SECRET}")
    with pytest.raises(SettingsError, match="not TOML") as refused:
        load_routing(lake)
    assert "s3cr3t" not in str(refused.value)


def test_the_file_of_the_image_tells_nobody_until_somebody_is_named_as_it_shows(
    lake: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAKEHOUSE_ALERTS", str(OF_IMAGES))
    assert load_routing(lake) == Routing()
    shown = OF_IMAGES.read_text().split("#\n", 1)[1].replace("# ", "").replace("#", "")
    assert routing_of(tomllib.loads(shown), "shown").otherwise == ("platform",)
