"""Findings: what was noticed about a partition as a whole, beside the verdicts on its rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Finding:
    """The outcome of one check on one partition. One that `blocks` and did not pass refuses the publication."""

    check: str
    slot: str
    passed: bool
    said: str = ""
    figures: Mapping[str, float | str] = field(default_factory=dict)
    blocks: bool = False

    @property
    def refuses(self) -> bool:
        """Whether the publication is refused for it."""
        return self.blocks and not self.passed

    @property
    def refusal(self) -> str:
        """Why, as a sentence that names the partition and the check."""
        return f"{f'partition {self.slot}' if self.slot else 'the table'}: {self.said} [{self.check}]"
