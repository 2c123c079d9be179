"""Declaring a write mode: what it could not keep is refused at once, with what to do about it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from pandera.pyspark import Field
from pyspark.sql import DataFrame
from pyspark.sql import types as T

from lakehouse_assets.declare import Contract, Table, append_once, history, merge, silver
from lakehouse_assets.declare.partitions import Calendar
from lakehouse_assets.errors import DeclarationError

DAILY = Calendar("day", "daily", dt.date(2017, 1, 1), dt.date(2018, 1, 1))
COLUMNS: dict[str, tuple[type, bool]] = {
    "day": (T.DateType, False),
    "id": (T.LongType, False),
    "price": (T.LongType, True),
    "valid_from": (T.TimestampType, False),
    "valid_to": (T.TimestampType, True),
    "is_current": (T.BooleanType, False),
}


def contract(*, unique: list[str] | None = None, but: str = "", **changed: tuple[type, bool]) -> type[Contract]:
    """A contract of the columns above, some of them of another type, or NULL or not."""
    columns = {name: column for name, column in (COLUMNS | changed).items() if name != but}
    body: dict[str, Any] = {name: Field(nullable=nullable) for name, (_, nullable) in columns.items()}
    body["__annotations__"] = {name: kind for name, (kind, _) in columns.items()}
    if unique:
        body["Config"] = type("Config", (), {"unique": unique})
    return type("Any", (Contract,), body | {"__doc__": "Any."})


def sales(bronze_sales: DataFrame) -> DataFrame:
    """All of them."""
    return bronze_sales


KEYED = contract(unique=["id"])
VERSIONED = contract(unique=["id", "valid_from"])
MERGE = merge(latest=["price"])


def test_the_key_of_a_table_is_that_of_its_contract_unless_its_mode_names_another() -> None:
    assert silver(contract=KEYED)(sales).key == ("id",)
    assert silver(contract=KEYED, write=MERGE)(sales).key == ("id",)
    assert silver(contract=VERSIONED, write=history())(sales).key == ("id",)
    assert silver(contract=KEYED, write=merge(by=["id", "day"], latest=["price"]))(sales).key == ("id", "day")
    assert silver(contract=contract())(sales).key == ()


def test_another_write_mode_is_another_version_of_the_code() -> None:
    modes = [None, MERGE, merge(latest=["day"]), merge(latest=["price"], deletes="gone")]
    tables = [silver(contract=KEYED, write=mode)(sales) for mode in modes]
    assert len({table.code_version for table in tables}) == len(modes)
    assert silver(contract=KEYED, write=merge(latest=("price",)))(sales).code_version == tables[1].code_version


def test_a_table_that_appends_once_says_so_and_is_partitioned() -> None:
    table = silver(contract=contract(), partitions=DAILY, write=append_once())(sales)
    assert isinstance(table, Table)
    assert table.write == append_once()


@pytest.mark.parametrize(
    ("options", "what", "remedy"),
    [
        pytest.param(
            {"contract": VERSIONED, "write": append_once()},
            r"append_once\(\) needs partitions",
            "add partitions=",
            id="append_once without partitions",
        ),
        pytest.param(
            {"contract": KEYED, "write": MERGE, "partitions": DAILY},
            "every delivery of a key, and a partition sees only its own",
            "remove partitions=",
            id="merge by partition",
        ),
        pytest.param(
            {"contract": VERSIONED, "write": history(), "partitions": DAILY},
            "every delivery of a key, and a partition sees only its own",
            "remove partitions=",
            id="history by partition",
        ),
        pytest.param(
            {"contract": contract(), "write": MERGE}, "does not say by which key", "by=", id="merge without a key"
        ),
        pytest.param(
            {"contract": KEYED, "write": merge(by=["shop"], latest=["price"])},
            r"lacks the key columns \['shop'\]",
            "add them",
            id="merge by a column that is not there",
        ),
        pytest.param(
            {"contract": KEYED, "write": merge(by=["id", "price"], latest=["day"])},
            r"\['price'\] of merge\(\) may be NULL",
            "remove nullable=True",
            id="merge by a column that may be NULL",
        ),
        pytest.param(
            {"contract": KEYED, "write": merge(latest=[])},
            "does not say which row is the latest",
            "_source_modified",
            id="merge without an order",
        ),
        pytest.param(
            {"contract": KEYED, "write": merge(latest=["price"], deletes="is_current")},
            "has the column 'is_current', which marks deletions",
            "leave it out",
            id="deletions in the contract",
        ),
        *(
            pytest.param(
                {"contract": contract(unique=["id", "day"], but=name), "write": history(by=["id"])},
                f"needs the {kind} column '{name}'; the contract lacks it",
                f"add it to the contract as {kind}",
                id=f"history without {name}",
            )
            for name, kind in (("valid_from", "timestamp"), ("valid_to", "timestamp"), ("is_current", "boolean"))
        ),
        pytest.param(
            {"contract": contract(unique=["id", "valid_from"], valid_to=(T.DateType, True)), "write": history()},
            "needs the timestamp column 'valid_to'; the contract has it as date",
            "as timestamp",
            id="history by dates",
        ),
        pytest.param(
            {
                "contract": contract(unique=["id", "valid_from"], valid_from=(T.TimestampType, True)),
                "write": history(),
            },
            "'valid_from' may be NULL",
            "remove nullable=True",
            id="history from no time",
        ),
        pytest.param(
            {
                "contract": contract(unique=["id", "valid_from"], valid_to=(T.TimestampType, False)),
                "write": history(),
            },
            "'valid_to' may not be NULL",
            "nullable=True",
            id="history that must end",
        ),
        pytest.param(
            {"contract": KEYED, "write": history()},
            r"unique is \['id'\]; of a history it is the key and 'valid_from'",
            r"unique = \['id', 'valid_from'\]",
            id="one version of a key",
        ),
    ],
)
def test_a_mode_that_cannot_be_kept_is_refused(options: dict[str, Any], what: str, remedy: str) -> None:
    with pytest.raises(DeclarationError, match=rf"silver/sales: (.|\n)*{what}(.|\n)*Remedy: (.|\n)*{remedy}"):
        silver(**options)(sales)
