"""Checking partitions as a whole: what was staged against what it was made from and what was before.

Knows no orchestrator. It runs after rows were judged and before anything is committed, so a finding can refuse.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Context, Decimal, localcontext
from statistics import median
from typing import TYPE_CHECKING

from lakehouse_assets.declare.checks import Delivered, Holds, Reconciles, Volume
from lakehouse_assets.publish.commit import active_files
from lakehouse_assets.publish.findings import Finding
from lakehouse_assets.publish.ranges import Range
from lakehouse_assets.publish.totals import SlotTotals, Total, Wanted, frame_totals

if TYPE_CHECKING:
    from deltalake import DeltaTable
    from pyspark.sql import DataFrame

    from lakehouse_assets.declare.table import Table
    from lakehouse_assets.publish.judge import Judged
    from lakehouse_assets.publish.judgement import Judgement

FEWEST = 3  # earlier partitions from which a median means anything

Sums = Mapping[str, Mapping[str, Total]]  # by partition, then by column


def sums_before(table: Table, frames: Mapping[str, DataFrame], column: str | None) -> dict[str, Sums]:
    """The sums of the tables that this one reconciles with, by name: one query each.

    `frames` are the tables it is made from, as its function receives them. Sums are by partition where a table
    has the partition column, else the whole's, as "".
    """
    columns: dict[str, list[str]] = {}
    for check in table.checks:
        if isinstance(check, Reconciles):
            columns.setdefault(check.with_table, []).append(check.with_column)
    return {
        name: frame_totals(frames[name], wanted, column if column in frames[name].columns else None)
        for name, wanted in columns.items()
    }


def wanted_of(table: Table) -> Wanted:
    """What the checks of a computed table have to know of its staged rows."""
    sums = tuple(check.column for check in table.checks if isinstance(check, Reconciles))
    return Wanted(sums, {check.name: check.expression() for check in table.checks if isinstance(check, Holds)})


def check_rows(
    table: Table, judged: Judged, before: Mapping[str, Sums], stored: DeltaTable | None
) -> tuple[Finding, ...]:
    """A finding for each declared check and partition of a computed table, judged with what is `wanted_of` it.

    `before` are the sums of the tables it was made from, `stored` is the table as it was.
    """
    staged = {slot: judged.totals.get(slot, SlotTotals()) for slot in judged.range.slots}
    sums = [check for check in table.checks if isinstance(check, Reconciles)]
    rules = [check for check in table.checks if isinstance(check, Holds)]
    found = [finding for check in sums for finding in _reconcile(check, staged, before[check.with_table])]
    found += [_hold(check, slot, totals) for check in rules for slot, totals in staged.items()]
    return (*found, *check_volume(table, judged.judgement, stored))


def check_volume(table: Table, judgement: Judgement, stored: DeltaTable | None) -> Iterator[Finding]:
    """The rows of each partition against those of the earlier ones, known without reading a row."""
    for check in table.checks:
        if isinstance(check, Volume) and table.calendar:
            before = _stored_rows(stored, Range(table.calendar.column, table.calendar.keys()))
            accepted = {slot: tally.accepted for slot, tally in judgement.tallies.items()}
            yield from _volumes(check, accepted, before)


def check_delivered(table: Table, judgement: Judgement) -> Iterator[Finding]:
    """Whether each partition of a bronze table has a delivery with a row."""
    if any(isinstance(check, Delivered) for check in table.checks):
        for slot, tally in judgement.tallies.items():
            there = bool(tally.delivered)
            said = "" if there else "no delivery, or none with a row"
            yield Finding(Delivered.name, slot, there, said, {"rows": tally.delivered})


def _reconcile(check: Reconciles, staged: Mapping[str, SlotTotals], other: Sums) -> Iterator[Finding]:
    accepted = {slot: totals.accepted.get(check.column, Total()) for slot, totals in staged.items()}
    rejected = {slot: totals.rejected.get(check.column, Total()) for slot, totals in staged.items()}
    if "" not in other:
        for slot in staged:
            theirs = other.get(slot, {}).get(check.with_column, Total())
            yield _compare(check, slot, accepted[slot], rejected[slot], theirs)
        return
    # Only the run as a whole can be compared, so each of its partitions stands or falls with it.
    ours = sum(accepted.values(), Total()), sum(rejected.values(), Total())
    for slot in staged:
        yield _compare(check, slot, *ours, other[""][check.with_column])


def _compare(check: Reconciles, slot: str, accepted: Total, rejected: Total, theirs: Total) -> Finding:
    ours = accepted + rejected
    what, whose = check.column, f"{check.with_table}.{check.with_column}"
    figures: dict[str, float | str] = {"sum": _said(ours.sum), "sum_before": _said(theirs.sum)}
    said = []
    if ours.unreadable or theirs.unreadable:
        figures |= {"not_numbers": ours.unreadable, "not_numbers_before": theirs.unreadable}
        said.append(
            f"{ours.unreadable:,} values of {what} and {theirs.unreadable:,} of {whose} are no numbers, "
            f"such as {ours.example or theirs.example!r}"
        )
    if ours.sum is None or theirs.sum is None:
        said.append("the sum is too large to be exact")
        return Finding(check.name, slot, False, "; ".join(said), figures, blocks=not check.warn)
    with localcontext(Context(prec=80)):
        difference = ours.sum - theirs.sum
    figures["difference"] = _said(difference)
    if abs(difference) > check.within:
        parts = f" ({_said(accepted.sum)} accepted, {_said(rejected.sum)} quarantined)" if rejected.sum else ""
        more = f"{_said(abs(difference))} {'more' if difference > 0 else 'less'}"
        said.insert(0, f"{what} sums to {_said(ours.sum)}{parts}, {whose} to {_said(theirs.sum)}: {more}")
    passed = abs(difference) <= check.within and ours.unreadable == theirs.unreadable
    return Finding(check.name, slot, passed, "; ".join(said), figures, blocks=not check.warn)


def _hold(check: Holds, slot: str, totals: SlotTotals) -> Finding:
    if totals.tests is None:
        return Finding(check.name, slot, True, "no accepted rows to judge", blocks=not check.warn)
    outcome = totals.tests[check.name]
    passed = outcome is True
    said = "" if passed else f"does not hold{' (it is NULL)' if outcome is None else ''}: {check.demand}"
    return Finding(check.name, slot, passed, said, blocks=not check.warn)


def _volumes(check: Volume, accepted: Mapping[str, int], before: Mapping[str, int]) -> Iterator[Finding]:
    rows = dict(sorted({**before, **accepted}.items()))
    earlier: list[int] = []
    for slot, count in rows.items():
        if slot in accepted:
            yield _volume(check, slot, count, earlier[-check.of_last :])
        if count:
            earlier.append(count)


def _volume(check: Volume, slot: str, count: int, earlier: list[int]) -> Finding:
    figures: dict[str, float | str] = {"rows": count, "earlier_partitions": len(earlier)}
    if len(earlier) < FEWEST:
        said = f"{len(earlier)} earlier partitions have rows, {FEWEST} are needed to compare with"
        return Finding(check.name, slot, True, said, figures, blocks=not check.warn)
    usual = median(earlier)
    passed = check.low * usual <= count <= check.high * usual
    bounds = f"{check.low:g} to {check.high:g} times the median of {len(earlier)} earlier partitions, {usual:,.10g}"
    said = "" if passed else f"{count:,} rows are not {bounds}"
    return Finding(check.name, slot, passed, said, {**figures, "median": usual}, blocks=not check.warn)


def _stored_rows(stored: DeltaTable | None, range_: Range) -> dict[str, int]:
    rows: dict[str, int] = {}
    for file in active_files(stored, range_) if stored is not None else ():
        rows[file.slot] = rows.get(file.slot, 0) + file.rows
    return rows


def _said(number: Decimal | None) -> str:
    if number is None:
        return "too large"
    text = f"{number:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
