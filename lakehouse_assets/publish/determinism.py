"""Proving, before anything runs, that a rule says the same of the same row; and everything it is made of.

A rule's function is read, not run: every name in it is looked up where Python would, and helpers are
followed. What cannot be looked up, or is not known to be harmless, is refused.
"""

from __future__ import annotations

import ast
import enum
import functools
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FunctionType, ModuleType
from typing import Any, NoReturn

from lakehouse_assets.errors import DeclarationError
from lakehouse_assets.publish.names import Names, home, of_pyspark
from lakehouse_assets.publish.one_row import (
    HARMLESS_BUILTINS,
    HARMLESS_MODULES,
    reason_against,
    reason_against_python,
    reason_against_sql,
    words,
)
from lakehouse_assets.publish.source import Definition, body, definition, names_bound_by, plain, signature

READS = words("copy count difference get index intersection isdisjoint issubset items keys union values")
SQL_CALLS = frozenset({"expr", "call_function"})
ENGINE_MODULES = ("pyspark.sql.functions", "pyspark.sql.connect.functions", "pyspark.sql.types")
KEEPS = "may keep something from one row to another"
MACHINE = "depends on where and when it is loaded"
MACHINE_MODULES = frozenset({"os", "posix", "random", "secrets", "time", "uuid"})
CACHED = type(functools.cache(len))
REMEDY = (
    "a rule is about one row and says the same each time: use columns of the row, literals and module constants; "
    "compute what depends on other rows, on the clock or on settings as a column, in the table's function"
)


def parts_of(function: Callable[..., Any], where: str) -> tuple[str, ...]:
    """The constants and helpers that a rule's function reaches, as text without comments and docstrings.

    The same text, the same meaning, for equal bodies. Raises DeclarationError, naming `where`, the call and
    the remedy, where the function reaches anything that is not known to depend on the row alone.
    """
    reader = _Reader(where)
    reader.read(function, [])
    return tuple(reader.parts)


def body_of(function: Callable[..., Any], where: str) -> str:
    """The body of a function without comments, layout and docstring, so that only meaning changes it."""
    return body(definition(function, where))


@dataclass
class _Reader:
    """Reads functions, each once. `parts` keeps what they reach, in the order in which it is met."""

    where: str
    parts: dict[str, None] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)

    def read(self, function: Callable[..., Any], via: list[str]) -> None:
        if id(function) in self.seen:
            return
        self.seen.add(id(function))
        _Function(self, function, via).check()

    def refuse(self, via: list[str], what: str, why: str) -> NoReturn:
        path = f" (through {' -> '.join(via)})" if via else ""
        raise DeclarationError(f"{what}{path} {why}", where=self.where, remedy=REMEDY)


class _Function:
    """One function: its names, and where each is bound."""

    def __init__(self, reader: _Reader, function: Any, via: list[str]) -> None:
        self.reader, self.via = reader, via
        self.node = definition(function, reader.where)
        self.names = Names(function, self.refuse)
        defaults = [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]
        for value in defaults:
            self.reach(f"default of {function.__name__}", value)

    def refuse(self, what: str, why: str) -> NoReturn:
        self.reader.refuse(self.via, what, why)

    def check(self) -> None:
        for default in _defaults(self.node):
            self.visit(default, frozenset())
        self.inner(self.node, frozenset())

    def inner(self, node: Definition, local: frozenset[str]) -> None:
        """The body of a function, its own names bound."""
        arguments = node.args
        named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
        body = node.body if isinstance(node.body, list) else [node.body]
        bound = local | {a.arg for a in named if a} | {name for part in body for name in names_bound_by(part)}
        for part in body:
            self.visit(part, bound)

    def visit(self, node: ast.AST, local: frozenset[str]) -> None:
        match node:
            case ast.FunctionDef() | ast.Lambda():
                for part in [*getattr(node, "decorator_list", []), *_defaults(node)]:
                    self.visit(part, local)
                self.inner(node, local)
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                self.children(node, local | {name for g in node.generators for name in names_bound_by(g.target)})
            case ast.Import() | ast.ImportFrom():
                self.names.import_(node)
            case ast.Global() | ast.Nonlocal() | ast.ClassDef() | ast.AsyncFunctionDef() | ast.Await():
                self.refuse(f"`{ast.unparse(node).splitlines()[0]}`", KEEPS)
            case ast.AnnAssign(value=value):
                self.children(ast.Expression(value) if value else ast.Pass(), local)
            case ast.Call():
                self.call(node, local)
            case ast.Name(ctx=ast.Load()) | ast.Attribute(ctx=ast.Load()):
                self.name(node, local)
            case _:
                self.stored(node, local)
                self.children(node, local)

    def children(self, node: ast.AST, local: frozenset[str]) -> None:
        for child in ast.iter_child_nodes(node):
            self.visit(child, local)

    def stored(self, node: ast.AST, local: frozenset[str]) -> None:
        """Refuse to change anything that outlives the call."""
        if isinstance(node, ast.Attribute | ast.Subscript) and not isinstance(node.ctx, ast.Load):
            base = node.value
            if not (isinstance(base, ast.Name) and base.id in local and base.id not in self.names.imported):
                self.refuse(f"`{ast.unparse(node)} = ...`", KEEPS)

    def call(self, node: ast.Call, local: frozenset[str]) -> None:
        text = ast.unparse(node.func)
        known, value = self.names.lookup(node.func, local)
        named = getattr(value, "__name__", "") if known else ""
        if known and of_pyspark(value) and named in SQL_CALLS:
            self.reach(text, value, called=True)
            self.sql(text, named, node, local)
        elif known:
            self.reach(text, value, called=True)
            if of_pyspark(value) and named == "unix_timestamp" and not (node.args or node.keywords):
                self.refuse(f"`{text}()`", "reads the clock")
            self.keep_base(node.func, local)
        else:
            self.visit(node.func, local)
        for part in [*node.args, *(keyword.value for keyword in node.keywords)]:
            self.visit(part, local)

    def name(self, node: ast.Name | ast.Attribute, local: frozenset[str]) -> None:
        """A name or a chain of attributes that is read."""
        text = ast.unparse(node)
        known, value = self.names.lookup(node, local)
        if known:
            self.reach(text, value)
            self.require_written_down(node)
            self.keep_base(node, local)
        if known or isinstance(node, ast.Name):
            return
        reason = reason_against(node.attr)
        if reason or node.attr.startswith("__"):
            self.refuse(f"`{text}`", reason or "reaches into Python itself")
        base_known, base = self.names.lookup(node.value, local)
        if base_known and isinstance(base, list | dict | set) and node.attr not in READS:
            self.refuse(f"`{text}`", KEEPS)
        if base_known and isinstance(base, enum.Enum) and node.attr not in ("name", "value"):
            self.refuse(f"`{text}`", "is not known to depend on the row alone")
        self.visit(node.value, local)

    def require_written_down(self, node: ast.AST) -> None:
        """Refuse a module constant that was asked of the machine when the module was loaded."""
        given = self.names.origin(node.id) if isinstance(node, ast.Name) else None
        for part in ast.walk(given) if given else ():
            word = str(getattr(part, "attr", None) or getattr(part, "id", ""))
            value = self.names.globals.get(word) if isinstance(part, ast.Name) else None
            whose = value.__name__ if isinstance(value, ModuleType) else home(value)
            reason = reason_against_python(word) or (MACHINE if whose.split(".")[0] in MACHINE_MODULES else None)
            if given and reason:
                self.refuse(f"`{ast.unparse(node)} = {ast.unparse(given)}`", reason)

    def keep_base(self, node: ast.AST, local: frozenset[str]) -> None:
        """Remember of what module or class an attribute is: the same words may mean another one tomorrow."""
        while isinstance(node, ast.Attribute):
            node = node.value
            known, value = self.names.lookup(node, local)
            if known and isinstance(value, ModuleType):
                self.remember(f"{ast.unparse(node)} is {value.__name__}")

    def remember(self, text: str) -> None:
        self.reader.parts[" > ".join([*self.via, text])] = None

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
            self.reach_engine(text, value, called)
        elif (constant := plain(value)) is not None:
            self.remember(f"{text} = {constant}")
        else:
            self.reach_python(text, value)

    def reach_engine(self, text: str, value: Any, called: bool) -> None:
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

    def reach_python(self, text: str, value: Any) -> None:
        name = getattr(value, "__name__", "")
        owner = getattr(value, "__self__", None) or getattr(value, "__objclass__", None)
        module = home(value)
        reason = reason_against_python(name)
        if reason:
            self.refuse(f"`{text}`", reason)
        if isinstance(value, FunctionType) and module.split(".")[0] not in sys.stdlib_module_names:
            self.follow(text, value)
        elif module == "builtins" and (
            name in HARMLESS_BUILTINS or getattr(owner, "__name__", "") in HARMLESS_BUILTINS
        ):
            return
        elif callable(value) and module.split(".")[0].lstrip("_") in HARMLESS_MODULES:
            self.remember(f"{text} is {module}.{name}")
        else:
            self.refuse(f"`{text}`", "is not known to depend on the row alone")

    def follow(self, text: str, helper: FunctionType) -> None:
        via = [*self.via, text]
        node = definition(helper, self.reader.where)
        values = [*(helper.__defaults__ or ()), *(helper.__kwdefaults__ or {}).values()]
        defaults = ", ".join(str(plain(value)) for value in values)
        self.remember(f"{text}({signature(node)}; {defaults}): {body(node)}")
        self.reader.read(helper, via)

    def sql(self, text: str, named: str, node: ast.Call, local: frozenset[str]) -> None:
        self.keep_base(node.func, local)
        first = node.args[0] if node.args else next((k.value for k in node.keywords), None)
        words = self.names.text(first, local)
        if words is None:
            self.refuse(f"`{ast.unparse(node)}`", "is SQL that is put together when it runs, and cannot be read before")
        found = reason_against_sql(f"{words}(1)" if named == "call_function" else words)
        if found:
            self.refuse(f"`{text}({words!r})`: {found[0]!r}", found[1])


def _defaults(node: Definition) -> list[ast.expr]:
    return [*node.args.defaults, *(default for default in node.args.kw_defaults if default)]
