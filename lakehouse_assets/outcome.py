"""What became of a run's partitions: all that is told of it, as plain data that can travel between processes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from lakehouse_assets.declare.targets import range_of
from lakehouse_assets.publish.effort import Effort
from lakehouse_assets.publish.findings import Finding
from lakehouse_assets.publish.judgement import Judgement, Tally
from lakehouse_assets.publish.publication import Publication

if TYPE_CHECKING:
    from lakehouse_assets.declare.table import Table
    from lakehouse_assets.making import Prepared
    from lakehouse_assets.publish.ranges import Range


@dataclass(frozen=True)
class Outcome:
    """The counts, findings and publication of one run of a table; where an orchestrator tells them from is its own.

    `judged` are the slots that were made, None where nothing was new; without a `publication` nothing was
    published, or not yet.
    """

    table: Table
    range: Range
    tallies: Mapping[str, Tally]  # of every slot of the range, those that stay as they are included
    findings: tuple[Finding, ...]
    judged: tuple[str, ...] | None
    refusals: tuple[str, ...]
    unchanged: int
    quarantined_before: frozenset[str]
    gone: tuple[str, ...]
    version: int | None  # of the table, before
    effort: Effort
    publication: Publication | None = None

    @property
    def report(self) -> Judgement:
        """The counts of every partition of the range."""
        return Judgement(self.range, self.table.rules, dict(self.tallies))

    @property
    def total(self) -> Tally:
        """The counts of what was judged."""
        return self._judgement(self.judged or ()).total

    def published(self, publication: Publication | None) -> Outcome:
        """The same, once it was published."""
        return replace(self, publication=publication)

    def as_json(self) -> dict[str, Any]:
        """What JSON can hold of it; the table and its partitions are told by whoever asked for them."""
        return {
            "tallies": {slot: asdict(tally) for slot, tally in self.tallies.items()},
            "findings": [asdict(finding) for finding in self.findings],
            "judged": None if self.judged is None else list(self.judged),
            "refusals": list(self.refusals),
            "unchanged": self.unchanged,
            "quarantined_before": sorted(self.quarantined_before),
            "gone": list(self.gone),
            "version": self.version,
            "effort": asdict(self.effort),
            "publication": None if self.publication is None else _plain(self.publication),
        }

    @classmethod
    def from_json(cls, table: Table, range_: Range, said: Mapping[str, Any]) -> Outcome:
        """What `as_json` gave, for the table and the partitions that were asked for."""
        outcome = cls(
            table=table,
            range=range_,
            tallies={slot: Tally(**tally) for slot, tally in said["tallies"].items()},
            findings=tuple(Finding(**finding) for finding in said["findings"]),
            judged=None if said["judged"] is None else tuple(said["judged"]),
            refusals=tuple(said["refusals"]),
            unchanged=said["unchanged"],
            quarantined_before=frozenset(said["quarantined_before"]),
            gone=tuple(said["gone"]),
            version=said["version"],
            effort=Effort(**said["effort"]),
        )
        return outcome.published(outcome._publication(said["publication"]))

    def _publication(self, said: Mapping[str, Any] | None) -> Publication | None:
        if said is None:
            return None
        judgement = self._judgement(self.judged or ())
        told = {**said, "columns_changed": tuple(said["columns_changed"]), "effort": Effort(**said["effort"])}
        return Publication(**told, range=judgement.range, judgement=judgement)

    def _judgement(self, slots: tuple[str, ...]) -> Judgement:
        tallies = {slot: self.tallies[slot] for slot in slots}
        return Judgement(range_of(self.table, slots or self.range.keys), self.table.rules, tallies)


def outcome_of(made: Prepared) -> Outcome:
    """What is to be told of partitions that are ready to be published, or that nothing new was found for."""
    return Outcome(
        table=made.table,
        range=made.range,
        tallies=made.report.tallies,
        findings=made.findings,
        judged=made.judged.range.slots if made.judged else None,
        refusals=tuple(made.judged.refusals) if made.judged else (),
        unchanged=len(made.unchanged),
        quarantined_before=made.quarantined_before,
        gone=made.gone,
        version=made.version,
        effort=made.effort,
    )


def _plain(publication: Publication) -> dict[str, Any]:
    return {
        "url": publication.url,
        "version": publication.version,
        "size_bytes": publication.size_bytes,
        "files": publication.files,
        "effort": asdict(publication.effort),
        "columns_changed": list(publication.columns_changed),
    }
