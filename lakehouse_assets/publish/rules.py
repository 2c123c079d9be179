"""Rules: what a contract demands of a row, compiled once and named as Dagster names checks."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pyspark.sql import Column

# The key under which a contract's field names what it refers to.
REFERENCE = "lakehouse.reference"

Kind = Literal["cast", "row", "reference", "unique"]


@dataclass(frozen=True)
class Reference:
    """A column whose values must exist in a column of another table; NULL refers to nothing and passes.

    With `warn`, rows whose value does not are counted and stay.
    """

    table: str
    column: str
    warn: bool = False


@dataclass(frozen=True)
class Rule:
    """One demand of a contract.

    `failed` builds an expression that is true for a row that breaks the rule and false otherwise, never
    NULL; it is built late, because expressions need a running engine. Rules of the kinds `cast`,
    `reference` and `unique` are judged by the frame's shape and have none. A `warn` rule counts rows, any
    other sets them apart. `source` is the body of a rule that is a function, and the constants
    and helpers that it reaches.
    """

    id: str
    kind: Kind
    columns: tuple[str, ...]
    demand: str
    warn: bool = False
    failed: Callable[[], Column] | None = field(default=None, compare=False, repr=False)
    reference: Reference | None = None
    source: str = ""


@dataclass(frozen=True)
class RuleSet:
    """All rules of one contract, in the contract's order."""

    rules: tuple[Rule, ...]

    def of_kind(self, kind: Kind) -> tuple[Rule, ...]:
        """The rules of one kind."""
        return tuple(rule for rule in self.rules if rule.kind == kind)

    @property
    def errors(self) -> tuple[Rule, ...]:
        """The rules that set rows apart."""
        return tuple(rule for rule in self.rules if not rule.warn)

    def by_id(self, rule_id: str) -> Rule:
        """The rule of that name."""
        return next(rule for rule in self.rules if rule.id == rule_id)

    @property
    def fingerprint(self) -> str:
        """A short hash of what the rules demand, the same whatever order they were written in."""
        demands = sorted([r.id, r.kind, list(r.columns), r.source or r.demand, r.warn] for r in self.rules)
        return hashlib.sha256(json.dumps(demands).encode()).hexdigest()[:16]
