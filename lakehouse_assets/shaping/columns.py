"""Columns as the contract will read them, so that a mode and the judgement after it agree on what is equal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakehouse_assets.errors import ContractError
from lakehouse_assets.publish.casts import agreed, cast

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame
    from pyspark.sql.types import StructType

    from lakehouse_assets.publish.rules import RuleSet


@dataclass(frozen=True)
class Columns:
    """The contract's view of a frame's columns; `carried` columns say where a row came from."""

    schema: StructType
    rules: RuleSet
    carried: tuple[str, ...]
    given: StructType  # of the frame

    def typed(self, name: str) -> Column:
        """A column as it will be published; NULL where it does not cast."""
        if not self._is_cast(name):
            return F.col(name)
        return cast(F.col(name), self.given[name].dataType, self.schema[name].dataType)

    def identity(self, name: str) -> list[Column]:
        """What two values of a column must share to be the same value: one that does not cast is still told apart."""
        if not self._is_cast(name):
            return [F.col(name)]
        typed = self.typed(name)
        return [typed, F.when(typed.isNull(), F.col(name).cast("string"))]

    def demanded(self, name: str) -> bool:
        """Whether the contract rejects a row in which this column is NULL."""
        return any(rule.id == f"{name}__not_null" for rule in self.rules.errors)

    def present(self, names: Iterable[str]) -> Column:
        """True for a row in which none of these columns is NULL, as they will be published."""
        return all_of([self.typed(name).isNotNull() for name in names])

    def ties(self, given: Sequence[str], settled: Iterable[str]) -> list[str]:
        """Columns that order rows that `settled` leaves equal: where they came from, then all that is left.

        Rows that are equal in all of these are equal altogether, so it does not matter which is taken.
        """
        known = set(settled)
        carried = [name for name in self.carried if name in given and name not in known]
        return [*carried, *(name for name in given if name not in known and name not in carried)]

    def _is_cast(self, name: str) -> bool:
        asked = any(rule.columns == (name,) for rule in self.rules.of_kind("cast"))
        # The judgement that follows refuses any other cast.
        return asked and agreed(self.given[name].dataType, self.schema[name].dataType)


def all_of(tests: Sequence[Column]) -> Column:
    """True where every test is; as a balanced tree, for a chain of 50 is nested too deeply to be sent to an engine."""
    if len(tests) == 1:
        return tests[0]
    half = len(tests) // 2
    return all_of(tests[:half]) & all_of(tests[half:])


def require(frame: DataFrame, names: Iterable[str], mode: str) -> None:
    """Raise ContractError if the frame lacks a column that its write mode needs."""
    missing = [name for name in dict.fromkeys(names) if name not in frame.columns]
    if missing:
        raise ContractError(
            f"write={mode}(...) needs the columns {missing}; the frame has {frame.columns}",
            remedy="select them in the table's function too",
        )
