"""Which runs a plan comes to, and what a run must never do."""

import shutil
from pathlib import Path

import pytest
from dagster import DagsterInstance
from deltalake import DeltaTable

from lakehouse_assets.bronze.transactions import Transactions
from lakehouse_assets.demo.land import land
from lakehouse_assets.errors import DeliveryError, LakehouseError
from lakehouse_assets.gold.daily_store_sales import daily_store_sales
from lakehouse_assets.operate.run import Request, run
from lakehouse_assets.operate.stretches import stretches
from lakehouse_assets.settings import Settings
from lakehouse_assets.silver.transactions import transactions

A, B = Transactions, transactions


@pytest.mark.parametrize(
    ("due_on", "empty", "expected"),
    [
        pytest.param({"1": (A,), "2": (A,)}, set(), [((A,), ("1", "2"))], id="one range"),
        pytest.param({"1": (A,), "2": (), "3": (A,)}, set(), [((A,), ("1",)), ((A,), ("3",))], id="a good one between"),
        pytest.param({"1": (A,), "2": (), "3": (A,)}, {"2"}, [((A,), ("1", "2", "3"))], id="an empty one is bridged"),
        pytest.param({"1": (), "2": (A,), "3": ()}, {"1", "3"}, [((A,), ("2",))], id="empty ones at the ends are not"),
        pytest.param({"1": (A, B), "2": (B,)}, set(), [((A, B), ("1",)), ((B,), ("2",))], id="other tables"),
        pytest.param({"1": (), "2": ()}, set(), [], id="nothing"),
    ],
)
def test_a_range_covers_what_is_due_and_nothing_that_holds_rows(due_on, empty, expected) -> None:
    assert list(stretches(due_on, empty)) == expected


@pytest.fixture
def loaded(lake: Settings, engine) -> Settings:
    """A lake with three days of the daily tables."""
    list(land(lake.landing, first="2017-01-01", last="2017-01-03"))
    with DagsterInstance.ephemeral() as instance:
        run(Request(_tables("silver/products")), lake, instance, say=lambda _: None)
        run(Request(_tables("gold/daily_store_sales")), lake, instance, say=lambda _: None)
    return lake


def _tables(name: str):
    from lakehouse_assets.operate.plan import select

    return select([f"+{name}"])


def _days(lake: Settings) -> dict[str, int]:
    table = DeltaTable(f"{lake.root}/bronze/transactions").to_pyarrow_table(columns=["event_date"])
    counted = table.group_by("event_date").aggregate([([], "count_all")]).to_pylist()
    return {str(row["event_date"]): row["count_all"] for row in counted}


def test_rows_whose_deliveries_are_gone_are_kept_whatever_is_run(loaded: Settings) -> None:
    before = _days(loaded)
    (Path(loaded.landing) / "transactions/2017-01-02/transactions.csv").unlink()
    with DagsterInstance.ephemeral() as instance:
        made = run(Request(_tables("gold/daily_store_sales"), force=True), loaded, instance, say=lambda _: None)
    assert "bronze/transactions" in made
    assert _days(loaded) == before


def test_a_range_asked_for_by_hand_over_a_day_whose_delivery_is_gone_keeps_its_rows(loaded: Settings) -> None:
    before = _days(loaded)
    (Path(loaded.landing) / "transactions/2017-01-02/transactions.csv").unlink()
    from lakehouse_assets.operate.run import Part, _execute

    with DagsterInstance.ephemeral() as instance:
        _execute(Part((Transactions,), ("2017-01-01", "2017-01-02", "2017-01-03")), instance)
    assert _days(loaded) == before


def test_only_the_changed_day_and_what_reads_it_run_again(loaded: Settings) -> None:
    path = Path(loaded.landing) / "transactions/2017-01-03/transactions.csv"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))
    said: list[str] = []
    with DagsterInstance.ephemeral() as instance:
        made = run(Request(_tables("gold/daily_store_sales")), loaded, instance, say=said.append)
    assert set(made) == {Transactions.id, transactions.id, daily_store_sales.id}
    assert [line for line in said if line.startswith("running")] == [
        "running bronze/transactions, silver/transactions, gold/daily_store_sales, 2017-01-03"
    ]


def test_a_source_of_which_nothing_came_holds_up_no_other_unless_it_was_named(lake: Settings) -> None:
    from lakehouse_assets.operate.plan import select

    list(land(lake.landing, first="2017-01-01", last="2017-01-01"))
    shutil.rmtree(Path(lake.landing) / "campaigns")
    asked, said = select(["bronze/campaigns", "silver/campaigns", "bronze/households"]), []
    with DagsterInstance.ephemeral() as instance:
        with pytest.raises(DeliveryError, match="nothing was delivered for bronze/campaigns"):
            run(Request(asked), lake, instance, say=said.append)
        assert list(run(Request(asked, one_by_one=False), lake, instance, say=said.append)) == ["bronze/households"]
        assert "bronze/campaigns is left alone: nothing was delivered for bronze/campaigns" in said
        with pytest.raises(DeliveryError, match="nothing was delivered for bronze/campaigns"):
            run(Request(asked[:1], one_by_one=False), lake, instance, say=said.append)


def test_what_has_nothing_to_be_made_of_is_told_with_the_days_that_were_asked_for(lake: Settings) -> None:
    asked = Request((daily_store_sales,), "2017-01-01", "2017-01-02")
    with DagsterInstance.ephemeral() as instance, pytest.raises(LakehouseError) as told:
        run(asked, lake, instance, say=lambda _: None)
    assert "`lakehouse run +gold/daily_store_sales --from 2017-01-01 --to 2017-01-02`" in str(told.value)
