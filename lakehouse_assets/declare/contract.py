"""The contract of a table: a pandera model with the few words that pandera lacks."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any

from pandera.pyspark import DataFrameModel, dataframe_check

from lakehouse_assets.publish.rules import REFERENCE, Reference

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

# Where a row came from; a frame that carries these columns keeps them through silver and quarantine.
SOURCE = ("_source_file", "_source_row")


class Contract(DataFrameModel):
    """What every row of a table promises: columns, types, rules; its docstring describes the table.

    Columns may not be NULL unless `Field(nullable=True)`. `Field(coerce=True)`, or `coerce` in `Config`,
    says that the column arrives in another type and is cast; a value that does not cast rejects its row.
    `Field(raise_warning=True)` makes a column's checks warn: rows are counted and stay. `unique` in `Config`
    names the key.
    """

    @classmethod
    def names(cls, *, but: Collection[str] = ()) -> list[str]:
        """The names of the columns, in order, `but` for these."""
        return [name for name in cls.to_schema().columns if name not in but]


def references(table: str, column: str, *, warn: bool = False) -> dict[str, Any]:
    """Metadata for a Field: its values must exist in `column` of `table` (`<layer>_<table>`), or be NULL.

    Rows whose value does not are rejected; with `warn` they are counted and stay.
    """
    return {REFERENCE: Reference(table, column, warn)}


def rule(*, warn: bool = False) -> Callable[[Callable[[], Column]], Any]:
    """Make a function that returns a boolean Column a rule of its contract; its docstring says why.

    The rule's name is the function's. NULL passes, as in pandera. pandera's own validation runs it too.
    """

    def declare(expression: Callable[[], Column]) -> Any:
        def holds(_model: type, frame: DataFrame, expression: Callable[[], Column]) -> bool:
            return frame.filter(~expression()).limit(1).count() == 0

        return dataframe_check(
            name=expression.__name__,
            description=expression.__doc__,
            raise_warning=warn,
            expression=expression,
        )(holds)

    return declare
