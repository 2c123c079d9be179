"""Names and texts as SQL takes them, whatever characters they hold: no name can end a statement and begin another."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def texts(values: Iterable[str]) -> str:
    """Texts as a list of literals for delta-rs, which reads a backslash as itself."""
    return ", ".join("'" + value.replace("'", "''") + "'" for value in values)


def spark_text(value: str) -> str:
    """A text as a literal for Spark, which reads a backslash as the beginning of something."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def spark_name(name: str) -> str:
    """A name as an identifier for Spark, which is otherwise cut at a dot or a blank."""
    return "`" + name.replace("`", "``") + "`"
