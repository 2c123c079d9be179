"""The peer: the demo's tables by hand in Polars and delta-rs, as fast as we know how, and without any rule.

Same tables, columns, partitioning, types, provenance and de-duplication as the lakehouse; each table is read
from the lake and written to it, in one lazy pass by the streaming engine. What it lacks is what is measured:
contracts, quarantine, checks, ranges, refusals. `python -m benchmarks.polars_peer <landing> <root> <days>`
prints the seconds of each table as JSON.
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
from polars import col

from benchmarks.days import days_and_weeks
from benchmarks.measure import tell

DAY, WEEK = "event_date", "week_start"
SOURCE = ["_source_file", "_source_row"]
MONEY = ["sales_value", "retail_disc", "coupon_disc", "coupon_match_disc"]


class Peer:
    """Reads the landing zone, writes `<root>/<layer>/<table>`; a method for each table that is not trivial."""

    def __init__(self, landing: Path, root: Path, days: int) -> None:
        self.landing, self.root = landing, root
        self.days, self.weeks = days_and_weeks(days)
        self.week_dates = [date.fromisoformat(week) for week in self.weeks]
        self.started = datetime.now(UTC)
        self.seconds: dict[str, float] = {}

    def make(self, table: str, frame: pl.LazyFrame, by: str | None = None) -> None:
        """Compute a table and write it, in one pass."""
        begun = time.perf_counter()
        frame.sink_delta(self.root / table, delta_write_options={"partition_by": [by]} if by else None)
        self.seconds[table] = time.perf_counter() - begun

    def read(self, table: str) -> pl.LazyFrame:
        """A table of the lake."""
        return pl.scan_delta(str(self.root / table))

    def files(self, source: str, keys: tuple[str, ...] | None, suffix: str) -> list[Path]:
        """The deliveries of a source, of these partitions."""
        folders = [self.landing / source / key for key in keys] if keys is not None else [self.landing / source]
        return [path for folder in folders for path in sorted(folder.glob(f"*.{suffix}"))]

    def with_provenance(self, frame: pl.LazyFrame, files: list[Path], by: str | None) -> pl.LazyFrame:
        """Bronze columns: the partition, and where each row came from."""
        about = pl.LazyFrame([self.about(path, by) for path in files])
        return (
            frame.with_columns(
                _source_row=pl.int_range(1, pl.len() + 1).over("_path"),
                _source_extra=pl.lit(None, pl.String),
                _loaded_at=pl.lit(self.started),
                _run_id=pl.lit("peer"),
            )
            .join(about, on="_path")
            .drop("_path")
        )

    def bronze(self) -> None:
        """Every source as delivered."""
        for name, keys, by in (
            ("transactions", self.days, DAY),
            ("campaigns", None, None),
            ("coupons", None, None),
            ("redemptions", None, None),
        ):
            files = self.files(name, keys, "csv")
            frame = pl.scan_csv(files, infer_schema=False, include_file_paths="_path")
            self.make(f"bronze/{name}", self.with_provenance(frame, files, by), by)
        for name in ("households", "campaign_descriptions"):
            files = self.files(name, None, "jsonl")
            frame = pl.scan_ndjson(files, include_file_paths="_path").with_columns(pl.all().cast(pl.String))
            self.make(f"bronze/{name}", self.with_provenance(frame, files, None))
        for name, keys, by in (("products", None, None), ("promotions", self.weeks, WEEK)):
            files = self.files(name, keys, "parquet")
            self.make(f"bronze/{name}", pl.concat([self.numbered(path, by) for path in files]), by)

    def numbered(self, path: Path, by: str | None) -> pl.LazyFrame:
        """Bronze rows of a Parquet file, numbered as they are read."""
        frame = pl.scan_parquet(path, row_index_name="_source_row", row_index_offset=1)
        return frame.with_columns(
            col("_source_row").cast(pl.Int64),
            _source_extra=pl.lit(None, pl.String),
            _loaded_at=pl.lit(self.started),
            _run_id=pl.lit("peer"),
            **{name: pl.lit(value) for name, value in self.about(path, by).items() if name != "_path"},
        )

    def about(self, path: Path, by: str | None) -> dict[str, Any]:
        """Where the rows of a file came from, and their partition."""
        known = path.stat()
        return {
            "_path": str(path),
            "_source_file": path.relative_to(self.landing).as_posix(),
            "_source_size": known.st_size,
            "_source_modified": datetime.fromtimestamp(known.st_mtime, UTC),
            **({by: date.fromisoformat(path.parent.name)} if by else {}),
        }

    def silver(self) -> None:
        """Typed and de-duplicated."""
        text = ["department", "brand", "product_category", "product_type", "package_size"]
        products = self.read("bronze/products").with_columns(col(text).str.strip_chars().replace("", None))
        self.make("silver/products", self.versions(products, "product_id", ["manufacturer_id", *text]))
        answers = [
            "age",
            "income",
            "home_ownership",
            "marital_status",
            "household_size",
            "household_comp",
            "kids_count",
        ]
        households = self.read("bronze/households").with_columns(col("household_id").cast(pl.Int64))
        self.make("silver/households", self.versions(households, "household_id", answers))
        described = self.read("bronze/campaign_descriptions").select(
            "campaign_id", "campaign_type", col("start_date", "end_date").str.to_date()
        )
        campaigns = self.read("bronze/campaigns").join(described, on="campaign_id", how="left")
        campaigns = campaigns.with_columns(col("campaign_id", "household_id").cast(pl.Int64))
        self.make(
            "silver/campaigns",
            campaigns.select("campaign_id", "household_id", "campaign_type", "start_date", "end_date", *SOURCE),
        )
        coupon = ["coupon_upc", "product_id", "campaign_id"]
        coupons = self.read("bronze/coupons").group_by(coupon).agg(pl.min(*SOURCE))
        self.make("silver/coupons", coupons.with_columns(col(coupon).cast(pl.Int64)))
        redemptions = self.read("bronze/redemptions").select(
            col("household_id", "coupon_upc", "campaign_id").cast(pl.Int64),
            col("redemption_date").str.to_date().alias("redeemed_on"),
            *SOURCE,
        )
        self.make("silver/redemptions", redemptions)
        self.make("silver/transactions", self.transactions(), DAY)
        # Week by week, because a table of hashes that fits the cache halves the time.
        placed, raw = [WEEK, "product_id", "store_id"], self.read("bronze/promotions")
        weeks = [raw.filter(col(WEEK) == week).group_by(placed) for week in self.week_dates]
        highest = pl.concat([week.agg(pl.max("display_location", "mailer_location")) for week in weeks])
        self.make("silver/promotions", highest, WEEK)

    def versions(self, frame: pl.LazyFrame, key: str, attributes: list[str]) -> pl.LazyFrame:
        """The history of a key: deliveries that follow one another and say the same are one version."""
        seen = frame.rename({"_source_modified": "valid_from"}).sort(key, "valid_from", *SOURCE)
        said = [col(name).ne_missing(col(name).shift().over(key)) for name in attributes]
        opened = seen.filter(pl.any_horizontal(col("valid_from").shift().over(key).is_null(), *said))
        ended = opened.with_columns(valid_to=col("valid_from").shift(-1).over(key))
        current = ended.with_columns(is_current=col("valid_to").is_null())
        return current.select(key, *attributes, "valid_from", "valid_to", "is_current", *SOURCE)

    def transactions(self) -> pl.LazyFrame:
        """The latest delivery of a line wins; only lines that were delivered twice are sorted."""
        raw = self.read("bronze/transactions")
        key = [DAY, "basket_id", "product_id"]
        twice = raw.group_by(key).len().filter(col("len") > 1).select(key)
        newest = raw.join(twice, on=key, how="semi").sort("_source_modified", *SOURCE).unique(key, keep="last")
        lines = pl.concat([raw.join(twice, on=key, how="anti"), newest])
        week = col("week").cast(pl.Int32)
        return lines.select(
            DAY,
            col("transaction_timestamp").str.to_datetime("%Y-%m-%d %H:%M:%S", time_zone="UTC").alias("sold_at"),
            week,
            (pl.lit(date(2016, 12, 26)) + pl.duration(days=(week - 1) * 7)).alias(WEEK),
            col("basket_id", "household_id", "store_id", "product_id", "quantity").cast(pl.Int64),
            col(MONEY).str.to_decimal(scale=2).cast(pl.Decimal(12, 2)),
            *SOURCE,
        )


def main(landing: str, root: str, days: str) -> None:
    """Make every table and print the seconds of each."""
    from benchmarks.polars_gold import gold

    peer = Peer(Path(landing), Path(root), int(days))
    begun, cpu = time.perf_counter(), time.process_time()
    peer.bronze()
    peer.silver()
    gold(peer)
    told = {"total": time.perf_counter() - begun, "cpu": time.process_time() - cpu, "tables": peer.seconds}
    tell(told)


if __name__ == "__main__":
    main(*sys.argv[1:])
