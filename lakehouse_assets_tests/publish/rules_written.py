"""The code of a rule, as a project would write it down: shared by the tests of determinism."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

ID = "F.col('id')"
Write = Callable[[str], Any]


def small(expression: str, before: str = "") -> str:
    """The code of the rule `small`, which is this expression, after some lines of its module."""
    return f"{before}\n\ndef small():\n    return {expression}\n"
