"""What the names in a rule's function stand for: harmless and remembered, a helper to be read too, or refused."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from dataclasses import dataclass
from types import FunctionType, ModuleType
from typing import Any, NoReturn

from lakehouse_assets.errors import DeclarationError
from lakehouse_assets.publish.names import home, of_pyspark
from lakehouse_assets.publish.one_row import HARMLESS_BUILTINS, HARMLESS_MODULES, reason_against, reason_against_python
from lakehouse_assets.publish.source import body, definition, plain, signature

SQL_CALLS = frozenset({"expr", "call_function"})
ENGINE_MODULES = ("pyspark.sql.functions", "pyspark.sql.connect.functions", "pyspark.sql.types")
CACHED = type(functools.cache(len))
REMEDY = (
    "a rule is about one row and says the same each time: use columns of the row, literals and module constants; "
    "compute what depends on other rows, on the clock or on settings as a column, in the table's function"
)


@dataclass(frozen=True)
class Reached:
    """What one function of a rule reaches, by way of the helpers `via`."""

    where: str
    via: list[str]
    parts: dict[str, None]  # what is remembered, in the order in which it is met
    read: Callable[[FunctionType, list[str]], None]  # reads a helper

    def refuse(self, what: str, why: str) -> NoReturn:
        """Raise DeclarationError that names the call, the way to it and the remedy."""
        path = f" (through {' -> '.join(self.via)})" if self.via else ""
        raise DeclarationError(f"{what}{path} {why}", where=self.where, remedy=REMEDY)

    def remember(self, text: str) -> None:
        """Make a text part of what the rule is."""
        self.parts[" > ".join([*self.via, text])] = None

    def reach(self, text: str, value: Any, *, called: bool = False) -> None:
        """Refuse what is reached, or remember it and read on in it."""
        if isinstance(value, CACHED):  # it says the same each time by its nature
            value = value.__wrapped__
        if isinstance(value, functools.partial):
            for part in (value.func, *value.args, *value.keywords.values()):
                self.reach(text, part, called=True)
        elif isinstance(value, ModuleType):
            self.refuse(f"`{text}`", "hands a whole module on, and what is called of it cannot be told")
        elif of_pyspark(value):
            self._engine(text, value, called)
        elif (constant := plain(value)) is not None:
            self.remember(f"{text} = {constant}")
        else:
            self._python(text, value)

    def _engine(self, text: str, value: Any, called: bool) -> None:
        name = value.__name__ if hasattr(value, "__name__") else type(value).__name__
        reason = reason_against("over" if value.__module__.startswith("pyspark.sql.window") else name)
        if reason:
            self.refuse(f"`{text}`", reason)
        if name in SQL_CALLS and not called:
            self.refuse(f"`{text}`", "is handed on, and the SQL it will be given cannot be read")
        if name == "unix_timestamp" and not called:
            self.refuse(f"`{text}`", "is handed on, and reads the clock where it is given nothing")
        if not value.__module__.startswith(ENGINE_MODULES):
            self.refuse(f"`{text}`", "is not known to depend on the row alone")
        self.remember(f"{text} is pyspark {name}")

    def _python(self, text: str, value: Any) -> None:
        name = getattr(value, "__name__", "")
        owner = getattr(value, "__self__", None) or getattr(value, "__objclass__", None)
        module = home(value)
        reason = reason_against_python(name)
        if reason:
            self.refuse(f"`{text}`", reason)
        if isinstance(value, FunctionType) and module.split(".")[0] not in sys.stdlib_module_names:
            self._follow(text, value)
        elif module == "builtins" and (
            name in HARMLESS_BUILTINS or getattr(owner, "__name__", "") in HARMLESS_BUILTINS
        ):
            return
        elif callable(value) and module.split(".")[0].lstrip("_") in HARMLESS_MODULES:
            self.remember(f"{text} is {module}.{name}")
        else:
            self.refuse(f"`{text}`", "is not known to depend on the row alone")

    def _follow(self, text: str, helper: FunctionType) -> None:
        via = [*self.via, text]
        node = definition(helper, self.where)
        values = [*(helper.__defaults__ or ()), *(helper.__kwdefaults__ or {}).values()]
        defaults = ", ".join(str(plain(value)) for value in values)
        self.remember(f"{text}({signature(node)}; {defaults}): {body(node)}")
        self.read(helper, via)
