"""Plans: which tables a user means, and in which order and how few runs they are made."""

from __future__ import annotations

import pytest

from lakehouse_assets.catalog import table as find_table
from lakehouse_assets.catalog import tables
from lakehouse_assets.declare.table import LAYERS
from lakehouse_assets.errors import UnknownTableError
from lakehouse_assets.operate.plan import Wave, select, upstream, waves


def names(*selection: str) -> list[str]:
    return [table.id for table in select(selection)]


@pytest.mark.parametrize("name", ["silver/transactions", "silver.transactions", "silver_transactions"])
def test_a_table_goes_by_path_by_sql_name_and_by_parameter(name: str) -> None:
    assert names(name) == ["silver/transactions"]


def test_without_a_name_every_table_is_meant() -> None:
    assert names() == list(tables())


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_stands_for_its_tables(layer: str) -> None:
    assert names(layer) == [name for name in tables() if name.startswith(f"{layer}/")]


def test_a_plus_adds_everything_above() -> None:
    assert set(names("+silver/transactions")) == {
        "bronze/transactions",
        "bronze/products",
        "silver/products",
        "silver/transactions",
    }
    assert names("+gold") == list(tables())


def test_several_names_are_one_selection_in_the_order_of_dependencies() -> None:
    assert names("silver/products", "bronze/products", "silver_products") == ["bronze/products", "silver/products"]


@pytest.mark.parametrize("typo", ["silver/transaction", "+platinum", "", "+", "transactions"])
def test_a_name_that_is_no_table_is_an_error_that_lists_them(typo: str) -> None:
    with pytest.raises(UnknownTableError, match=r"no table is called(.|\n)*Tables are: (.|\n)*silver/transactions"):
        select([typo])


def test_upstream_goes_all_the_way() -> None:
    above = {table.id for table in upstream(find_table("gold/product_performance"))}
    assert above == {"silver/transactions", "silver/products", "bronze/transactions", "bronze/products"}
    assert upstream(find_table("bronze/products")) == set()


def require_order(planned: list[Wave]) -> None:
    """Each table comes once, after what it reads, among tables of its own calendar."""
    done: set[str] = set()
    chosen = {table.parameter for wave in planned for table in wave.tables}
    for wave in planned:
        for table in wave.tables:
            assert table.parameter not in done
            assert set(table.inputs) & chosen <= done, table.id
            assert table.calendar == wave.calendar
            done.add(table.parameter)
    assert done == chosen


@pytest.mark.parametrize("name", [None, *LAYERS, *(f"+{name}" for name in tables())])
def test_waves_make_each_table_once_after_what_it_reads(name: str | None) -> None:
    chosen = select([name] if name else [])
    planned = waves(chosen)
    require_order(planned)
    assert {table.id for wave in planned for table in wave.tables} == {table.id for table in chosen}


def test_tables_of_one_calendar_share_a_wave() -> None:
    planned = waves(select(["bronze/transactions", "silver/transactions", "gold/daily_store_sales"]))
    assert [[table.id for table in wave.tables] for wave in planned] == [
        ["bronze/transactions", "silver/transactions", "gold/daily_store_sales"]
    ]


def test_a_table_of_another_calendar_waits_for_the_wave_it_reads() -> None:
    planned = waves(select(["+gold/product_performance"]))
    assert [[table.id for table in wave.tables] for wave in planned] == [
        ["bronze/products", "silver/products"],
        ["bronze/transactions", "silver/transactions"],
        ["gold/product_performance"],
    ]


def test_the_whole_lake_takes_few_runs() -> None:
    assert len(waves(select([]))) <= 5


def test_nothing_is_planned_for_nothing() -> None:
    assert waves([]) == []
