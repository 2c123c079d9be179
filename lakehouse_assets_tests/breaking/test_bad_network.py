"""A store that refuses, resets, delays or forgets to answer some requests: runs converge, each row is there once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import cycle
from typing import TYPE_CHECKING

import pytest
from deltalake import DeltaTable

from lakehouse_assets.errors import LakehouseError
from lakehouse_assets.lake import Lake
from lakehouse_assets.making import make
from lakehouse_assets.publish.commit import open_table, renew
from lakehouse_assets.storage import place
from lakehouse_assets_tests.breaking.command import lakehouse
from lakehouse_assets_tests.breaking.tables import DAYS, Visits, complete, deliver_days, no_engine, seen, undisturbed
from lakehouse_assets_tests.stores import outside
from lakehouse_assets_tests.stores.faults import DAMAGES, Network, bad_network

if TYPE_CHECKING:
    from pathlib import Path

    from lakehouse_assets.settings import Settings

ADDRESS = {"s3": "AWS_ENDPOINT_URL", "abfss": "AZURE_STORAGE_ENDPOINT"}
CAMPAIGNS = b"campaign_id,household_id\n" + b"".join(b"1,%d\n" % n for n in range(1, 51))
DESCRIBED = b'{"campaign_id": "1", "campaign_type": "Type A", "start_date": "2017-01-01", "end_date": "2017-01-31"}\n'
# One more try, at once, so that failures come through.
IMPATIENT = {"max_retries": 1}
IMPATIENT_TOO = {"max_retries": "1"}
Damaged = Callable[..., AbstractContextManager[Network]]


@pytest.fixture
def damaged(stored_lake: Settings, monkeypatch: pytest.MonkeyPatch) -> Damaged:
    """A bad network between this process and the store, for as long as it lasts."""
    variable = ADDRESS[stored_lake.root.partition("://")[0]]

    @contextmanager
    def by(share: float, seed: int = 0, damages: tuple[str, ...] = DAMAGES) -> Iterator[Network]:
        import os

        with bad_network(os.environ[variable], share, seed, damages) as network, monkeypatch.context() as told:
            told.setenv(variable, network.url)
            yield network

    return by


def failure_of(lake: Settings, days: tuple[str, ...]) -> LakehouseError | None:
    """What a run fails of."""
    try:
        make(Visits, lake, no_engine, days)
    except LakehouseError as error:
        return error
    return None


def run_until_done(lake: Settings, days: tuple[str, ...], tries: int) -> None:
    """Run again whatever failed."""
    failures = []
    while (failure := failure_of(lake, days)) is not None:
        failures.append(failure)
        assert len(failures) < tries, [(failure, failure.__cause__) for failure in failures]


def test_runs_converge_where_one_request_in_twenty_goes_wrong(stored_lake: Settings, damaged: Damaged) -> None:
    deliver_days(stored_lake)
    with damaged(0.05, seed=1) as network:
        run_until_done(stored_lake, DAYS, tries=5)
    assert seen(Visits, stored_lake) == undisturbed(stored_lake, DAYS)
    deliver_days(stored_lake, version=2)
    with damaged(0.05, seed=2) as again:
        run_until_done(stored_lake, DAYS, tries=5)
    assert (network.done + again.done)["pass"] < (network.done + again.done).total()
    complete(stored_lake, DAYS, undisturbed(stored_lake, DAYS, 2))


@pytest.mark.parametrize("damage", ["refuse", "cut before", "cut after", "cut within"])
def test_where_most_requests_go_wrong_runs_fail_as_what_may_be_tried_again_and_converge(
    stored_lake: Settings, damaged: Damaged, damage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = DAYS[:2]
    monkeypatch.setattr("lakehouse_assets.storage.answering.LATER", IMPATIENT)
    monkeypatch.setattr("lakehouse_assets.storage.answering.DELTA", IMPATIENT_TOO)
    deliver_days(stored_lake, few)
    make(Visits, stored_lake, no_engine, few)
    deliver_days(stored_lake, few, version=2)
    before, after = seen(Visits, stored_lake), undisturbed(stored_lake, few, 2)
    for seed in range(3):
        with damaged(0.5, seed, (damage,)):
            failure = failure_of(stored_lake, few)
        assert failure is not None
        assert not failure.permanent, failure
        assert seen(Visits, stored_lake) in (before, after)
    seed = 0
    while seen(Visits, stored_lake) != after:
        seed += 1
        with damaged(0.05, seed, (damage,)):
            failure_of(stored_lake, few)
        assert seen(Visits, stored_lake) in (before, after)
        assert seed < 60
    complete(stored_lake, few, after)


def test_what_broke_off_is_asked_for_again(
    stored_lake: Settings, damaged: Damaged, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each fourth answer ends in its midst, of which a client of a store makes a failure at once."""
    days = DAYS[:2]
    deliver_days(stored_lake, days)
    make(Visits, stored_lake, no_engine, days)
    turns = cycle(("cut within", "pass", "pass", "pass"))
    with damaged(0) as network:
        table = open_table(stored_lake.table_url("bronze", "visits"), 0)
        zone = place(stored_lake.landing)
        monkeypatch.setattr(network, "damage", lambda: next(turns))
        for day in days:
            found = zone.files(below=f"visits/{day}")
            assert zone.files(below=f"visits/{day}", recursive=False) == found
            for file in found:
                with zone.system.open_input_stream(file.path) as stream:
                    assert len(stream.read()) == file.size
        renew(table)
        assert table.version() == 0
        assert open_table(table.table_uri).version() == 0


def test_a_commit_whose_answer_is_lost_is_made_once(stored_lake: Settings, damaged: Damaged) -> None:
    """Every answer is lost now and then: what the store has taken must not be taken for another writer's."""
    days = DAYS[:3]
    deliver_days(stored_lake, days)
    for n, day in enumerate(days):
        with damaged(0.3, seed=n, damages=("cut after",)):
            run_until_done(stored_lake, (day,), tries=30)
    assert seen(Visits, stored_lake) == undisturbed(stored_lake, days)
    assert Lake(stored_lake).version(Visits) == 2


def test_the_engine_and_the_command_come_through_such_a_network(
    stored_lake: Settings, damaged: Damaged, tmp_path: Path
) -> None:
    """In a process of its own, whose engine knows no other way to the store."""
    outside.write(f"{stored_lake.landing}/campaigns/campaigns.csv", CAMPAIGNS)
    outside.write(f"{stored_lake.landing}/campaign_descriptions/campaign_descriptions.jsonl", DESCRIBED)
    with damaged(0.05, seed=3) as network:
        for _ in range(4):
            done = lakehouse(tmp_path, "run", "+silver/campaigns")
            if done.returncode == 0:
                break
            assert "Traceback" not in done.stderr
    assert done.returncode == 0, done.stderr
    assert network.done.total() > network.done["pass"] > 20
    rows = DeltaTable(stored_lake.table_url("silver", "campaigns")).to_pyarrow_table(columns=["household_id"])
    assert sorted(rows["household_id"].to_pylist()) == list(range(1, 51))
