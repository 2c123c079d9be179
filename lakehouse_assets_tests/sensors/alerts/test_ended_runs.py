"""Runs that failed, and those that made them good, as Dagster has recorded them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dagster as dg

from lakehouse_assets_tests.sensors.alerts.looks import repository, wrong
from resources.telling import BY, SECURITY
from sensors.alerts import records

if TYPE_CHECKING:
    import pytest

GOOD, BAD = dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE
TABLES = {name: dg.AssetKey(name.split("/")) for name in ("silver/products", "silver/coupons")}


def ended(instance: dg.DagsterInstance, table: str, outcome: dg.DagsterRunStatus, **tags: str) -> dg.DagsterRun:
    run = dg.DagsterRun("job", status=outcome, asset_selection=frozenset({TABLES[table]}), tags=tags)
    return instance.add_run(run)


def test_what_was_made_good_stays_so_however_many_runs_come_after(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "RUNS", 3)
    for table, outcomes in (("silver/coupons", (BAD, GOOD)), ("silver/products", (*[GOOD] * 7, BAD, *[GOOD] * 7))):
        for outcome in outcomes:
            ended(instance, table, outcome)
    assert wrong(instance, repository()) == []
    ended(instance, "silver/coupons", BAD)
    assert wrong(instance, repository()) == [("run failed", "silver/coupons")]


def test_what_failed_by_a_security_event_is_told_as_that_however_much_fails_after_it(
    instance: dg.DagsterInstance,
) -> None:
    refused = ended(instance, "silver/coupons", BAD)
    instance.add_run_tags(refused.run_id, {SECURITY: f"credential refused{BY}{refused.run_id}"})
    for _ in range(60):
        ended(instance, "silver/products", BAD)
    assert sorted(wrong(instance, repository())) == [
        ("credential refused", "silver/coupons"),
        ("run failed", "silver/products"),
    ]


def test_a_run_that_is_executed_again_and_fails_is_no_security_event_because_the_first_was(
    instance: dg.DagsterInstance,
) -> None:
    ended(instance, "silver/coupons", BAD, **{SECURITY: f"credential refused{BY}the first one"})
    assert wrong(instance, repository()) == [("run failed", "silver/coupons")]


def test_a_run_that_failed_makes_good_what_its_other_steps_made(instance: dg.DagsterInstance) -> None:
    fails = dict.fromkeys(TABLES, True)

    @dg.asset(key=TABLES["silver/products"])
    def products() -> None:
        if fails["silver/products"]:
            raise ValueError

    @dg.asset(key=TABLES["silver/coupons"], deps=[products])
    def coupons() -> None:
        if fails["silver/coupons"]:
            raise ValueError

    job = dg.Definitions([products, coupons]).resolve_implicit_global_asset_job_def()

    def run() -> list[tuple[str, str]]:
        job.execute_in_process(instance=instance, raise_on_error=False, asset_selection=list(TABLES.values()))
        return wrong(instance, repository())

    assert run() == [("run failed", "silver/products")]
    fails["silver/products"] = False
    assert run() == [("run failed", "silver/coupons")]
    fails["silver/coupons"] = False
    assert run() == []
