"""What a judged run amounts to: counts for each partition and rule, and whether it may be published."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lakehouse_assets.errors import ContractError, OutsideRangeError
from lakehouse_assets.publish.verdict import broken

if TYPE_CHECKING:
    import pyarrow as pa

    from lakehouse_assets.publish.ranges import Range
    from lakehouse_assets.publish.rules import RuleSet
    from lakehouse_assets.publish.staging import StagedFile


@dataclass(frozen=True)
class Tally:
    """Rows of one partition: `delivered = accepted + quarantined`, and failures for each rule."""

    delivered: int
    accepted: int
    quarantined: int
    failures: dict[str, int]


@dataclass(frozen=True)
class Judgement:
    """The counts of one run: exact, read from the footers of what it staged."""

    range: Range
    rules: RuleSet
    tallies: dict[str, Tally]  # for each slot of the range, also those without rows

    @property
    def total(self) -> Tally:
        """All partitions together."""
        failures: Counter[str] = Counter()
        for tally in self.tallies.values():
            failures.update(tally.failures)
        return Tally(
            sum(t.delivered for t in self.tallies.values()),
            sum(t.accepted for t in self.tallies.values()),
            sum(t.quarantined for t in self.tallies.values()),
            {rule.id: failures[rule.id] for rule in self.rules.rules},
        )

    def with_rows(self, others: Mapping[str, Tally]) -> Judgement:
        """These counts and those of rows that stay beside what was judged."""
        return replace(self, tallies={slot: _sum(tally, others.get(slot)) for slot, tally in self.tallies.items()})

    def refusals(self, share: float, rows: int | None) -> list[str]:
        """Why this must not be published, a sentence for each partition beyond tolerance; empty if it may."""
        sentences = []
        for slot, tally in self.tallies.items():
            where = f"partition {slot}" if slot else "the table"
            said = f"{where}: {tally.quarantined:,} of {tally.delivered:,} rows rejected"
            if rows is not None and tally.quarantined > rows:
                sentences.append(f"{said}, more than {rows:,}")
            elif tally.quarantined > share * tally.delivered:
                sentences.append(f"{said}, more than {share:.1%}")
        return sentences


def tally(files: Iterable[StagedFile], range_: Range, rules: RuleSet) -> Judgement:
    """Count what was staged.

    Raises OutsideRangeError, naming the partitions, for rows that the run was not for.
    """
    accepted, quarantined, outside = Counter[str](), Counter[str](), Counter[str]()
    failures: dict[str, Counter[str]] = {slot: Counter() for slot in range_.slots}
    for file in files:
        if not file.rejected:
            (accepted if file.slot in failures else outside)[file.slot] += file.rows
        for (flagged_slot, bits), rows in file.flagged.items():
            slot = flagged_slot if range_.column else ""
            if slot not in failures:
                outside[slot] += rows if file.rejected else 0
                continue
            failures[slot].update({rule.id: rows for rule in broken(rules, bits)})
            quarantined[slot] += rows if file.rejected else 0
    if outside:
        named = ", ".join(f"{slot} ({rows:,} rows)" for slot, rows in sorted(_named(outside).items())[:10])
        raise OutsideRangeError(
            f"the frame holds rows outside the run's range {range_}: {named}",
            remedy=f"filter them out in the table's function, or run the partitions of {range_.column} they belong to",
        )
    tallies = {
        slot: Tally(accepted[slot] + quarantined[slot], accepted[slot], quarantined[slot], dict(failures[slot]))
        for slot in range_.slots
    }
    return Judgement(range_, rules, tallies)


def _named(outside: Counter[str]) -> Counter[str]:
    """Rows by partition; where an engine wrote an empty name, or none, the partition column was NULL."""
    named: Counter[str] = Counter()
    for slot, rows in outside.items():
        named[slot or "NULL"] += rows
    return named


def tallies_of(accepted: Mapping[str, int], quarantined: pa.Table) -> dict[str, Tally]:
    """The counts of each partition that has rows, given its accepted rows and those in quarantine."""
    rejected, failures = Counter[str](), dict[str, Counter[str]]()
    for slot, failed in zip(quarantined["_partition"].to_pylist(), quarantined["_failed"].to_pylist(), strict=True):
        rejected[slot] += 1
        failures.setdefault(slot, Counter()).update(failed or ())
    return {
        slot: Tally(good + rejected[slot], good, rejected[slot], dict(failures.get(slot, {})))
        for slot, good in {**dict.fromkeys(rejected, 0), **accepted}.items()
    }


def _sum(tally: Tally, other: Tally | None) -> Tally:
    if other is None:
        return tally
    return Tally(
        tally.delivered + other.delivered,
        tally.accepted + other.accepted,
        tally.quarantined + other.quarantined,
        dict(Counter(tally.failures) + Counter(other.failures)),
    )


def require_conserved(judgement: Judgement, committed_rows: int, quarantined_rows: int) -> None:
    """Raise unless every delivered row is in exactly one of the two commits about to be made."""
    total = judgement.total
    if (total.accepted, total.quarantined) != (committed_rows, quarantined_rows):
        raise ContractError(
            f"{total.accepted:,} rows were accepted and {total.quarantined:,} rejected, but {committed_rows:,} and "
            f"{quarantined_rows:,} would be written",
            remedy="this is a fault of the platform: nothing was published, please report it",
        )
