"""A lake of staging or production is written by no other environment, in whatever store it lies."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg
import pandas as pd
import pytest
from typer.testing import CliRunner

from lakehouse_assets.catalog import table
from lakehouse_assets.cli.main import app
from lakehouse_assets.errors import OtherEnvironmentError
from lakehouse_assets.making import make
from lakehouse_assets.publish import claim
from lakehouse_assets.publish.claim import CLAIM, claimed_by, require_claim
from lakehouse_assets.replaying import Reason, drop_rows, replay_table
from lakehouse_assets.settings import Settings
from resources.delta_io_manager import DeltaIOManager

if TYPE_CHECKING:
    from resources.engines.embedded import EmbeddedEngine


def of(lake: Settings, environment: str | None) -> Settings:
    return replace(lake, environment=environment)


def test_the_first_write_of_production_claims_the_lake_and_later_ones_go_on(any_lake: Settings) -> None:
    require_claim(of(any_lake, "production"))
    assert claimed_by(any_lake.root) == "production"
    require_claim(of(any_lake, "production"))


def test_of_two_that_claim_it_at_once_the_second_is_refused(
    any_lake: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def overtaken(root: str) -> str | None:
        monkeypatch.setattr(claim, "claimed_by", claimed_by)
        holder = claimed_by(root)
        require_claim(of(any_lake, "staging"))
        return holder

    monkeypatch.setattr(claim, "claimed_by", overtaken)
    with pytest.raises(OtherEnvironmentError, match="this lake is staging's, and this process works for production"):
        require_claim(of(any_lake, "production"))


@pytest.mark.parametrize("environment", [None, "local", "staging"])
def test_no_other_environment_writes_to_a_lake_of_production(lake: Settings, environment: str | None) -> None:
    require_claim(of(lake, "production"))
    with pytest.raises(OtherEnvironmentError, match="this lake is production's"):
        require_claim(of(lake, environment))
    assert claimed_by(lake.root) == "production"


def test_production_does_not_write_to_a_lake_of_staging(lake: Settings) -> None:
    require_claim(of(lake, "staging"))
    with pytest.raises(OtherEnvironmentError, match="this lake is staging's, and this process works for production"):
        require_claim(of(lake, "production"))


def test_a_branch_writes_below_staging_and_never_below_production(lake: Settings) -> None:
    staging, production = f"{lake.root}/s", f"{lake.root}/p"
    require_claim(replace(lake, environment="staging", root=staging))
    require_claim(replace(lake, environment="production", root=production))
    require_claim(replace(lake, environment="branch", root=f"{staging}/_branches/x-1"))
    with pytest.raises(OtherEnvironmentError, match="this lake is production's, and this process works for branch"):
        require_claim(replace(lake, environment="branch", root=f"{production}/_branches/x-1"))
    with pytest.raises(OtherEnvironmentError):
        require_claim(replace(lake, environment="branch", root=staging))


def test_a_layer_of_production_is_not_written_by_way_of_another_root(lake: Settings) -> None:
    layers = f"{lake.root}/apart/{{layer}}"
    require_claim(replace(lake, environment="production", layers=layers), "gold")
    other = replace(lake, environment="local", root=f"{lake.root}/mine", layers=layers)
    with pytest.raises(OtherEnvironmentError, match="this lake is production's"):
        require_claim(other, "gold")
    require_claim(other, "ops")


def test_a_lake_that_nobody_claimed_is_written_without_leaving_a_claim(lake: Settings) -> None:
    require_claim(lake)
    require_claim(of(lake, "local"))
    assert claimed_by(lake.root) is None


@pytest.mark.parametrize("text", ["production", "[]", "{}", '{"environment": 1}'])
def test_a_claim_that_cannot_be_read_is_no_permission(lake: Settings, text: str) -> None:
    Path(lake.root).mkdir(parents=True)
    (Path(lake.root) / CLAIM).write_text(text)
    with pytest.raises(OtherEnvironmentError, match="does not say whose lake this is"):
        require_claim(of(lake, "production"))


def test_making_replaying_and_dropping_ask_whose_lake_it_is_before_anything_is_read(lake: Settings) -> None:
    require_claim(of(lake, "production"))
    bronze, reason = table("bronze_products"), Reason("a tester", "to see it refused")
    for write in (
        lambda: make(bronze, lake, lambda: pytest.fail("no engine is started")),
        lambda: replay_table(bronze, lake, lambda: pytest.fail("no engine is started"), None, reason),
        lambda: drop_rows(bronze, lake, None, None, reason),
    ):
        with pytest.raises(OtherEnvironmentError, match="does not say which environment it works for"):
            write()
    assert [path.name for path in Path(lake.root).iterdir()] == [CLAIM]


@pytest.mark.parametrize("verb", ["start", "resume"])
def test_a_backfill_is_not_begun_in_a_lake_of_another_environment(lake: Settings, verb: str) -> None:
    require_claim(of(lake, "production"))
    done = CliRunner().invoke(app, ["backfill", verb])
    assert isinstance(done.exception, OtherEnvironmentError), done.output


def test_the_io_manager_does_not_store_an_asset_of_ones_own_either(lake: Settings, engine: EmbeddedEngine) -> None:
    require_claim(of(lake, "production"))

    @dg.asset(io_manager_key="lake")
    def mine() -> pd.DataFrame:
        return pd.DataFrame({"a": [1]})

    with pytest.raises(OtherEnvironmentError):
        dg.materialize([mine], resources={"lake": DeltaIOManager(engine=engine)})
    assert [path.name for path in Path(lake.root).iterdir()] == [CLAIM]
