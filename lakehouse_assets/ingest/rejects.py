"""What could not be read, as rejected rows: bronze has two rules, that a file and that each record can be read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lakehouse_assets.publish.rules import Rule, RuleSet
from lakehouse_assets.publish.verdict import FLAGS, RAW, REASON, SLOT

if TYPE_CHECKING:
    import pyarrow as pa

    from lakehouse_assets.ingest.deliveries import Delivery
    from lakehouse_assets.ingest.readers import Malformed

FILE_READABLE = Rule("file__readable", "row", (), "the file can be read in its format and has the agreed columns")
RECORD_READABLE = Rule("record__readable", "row", (), "the record can be read: its text, its columns, its values")
BRONZE_RULES = RuleSet((FILE_READABLE, RECORD_READABLE))


def rejected_records(delivery: Delivery, malformed: Sequence[Malformed]) -> pa.RecordBatch:
    """Records that cannot be read, with their text, line and reason."""
    reasons = [f"line {m.line}: {m.reason}" if m.line else m.reason for m in malformed]
    return _rejects(delivery, RECORD_READABLE, [m.row for m in malformed], reasons, [m.text for m in malformed])


def rejected_file(delivery: Delivery, reason: str) -> pa.RecordBatch:
    """A file that cannot be read at all: one rejected row that stands for it."""
    said = f"{reason} ({delivery.size_bytes:,} bytes, modified {delivery.modified:%Y-%m-%d %H:%M:%S} UTC)"
    return _rejects(delivery, FILE_READABLE, [None], [said], [None])


def _rejects(
    delivery: Delivery, rule: Rule, rows: Sequence[int | None], reasons: Sequence[str], texts: Sequence[str | None]
) -> pa.RecordBatch:
    import pyarrow as pa

    count = len(rows)
    flag = 1 << BRONZE_RULES.rules.index(rule)
    return pa.record_batch(
        {
            f"{FLAGS}0": pa.repeat(pa.scalar(flag, pa.int64()), count),
            SLOT: pa.repeat(delivery.slot, count),
            REASON: pa.array(reasons, pa.string()),
            RAW: pa.array(texts, pa.string()),
            "_source_file": pa.repeat(delivery.name, count),
            "_source_row": pa.array(rows, pa.int64()),
        }
    )
