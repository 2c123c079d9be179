"""Proving, before anything runs, that a rule says the same of the same row; and everything it is made of.

A rule's function is read, not run: every name in it is looked up where Python would, and helpers are
followed. What cannot be looked up, or is not known to be harmless, is refused.
"""

from __future__ import annotations

import ast
import enum
from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from lakehouse_assets.publish.names import Names, home, of_pyspark
from lakehouse_assets.publish.one_row import reason_against, reason_against_python, reason_against_sql, words
from lakehouse_assets.publish.reached import SQL_CALLS, Reached
from lakehouse_assets.publish.source import Definition, body, definition, names_bound_by

READS = words("copy count difference get index intersection isdisjoint issubset items keys union values")
KEEPS = "may keep something from one row to another"
MACHINE = "depends on where and when it is loaded"
MACHINE_MODULES = frozenset({"os", "posix", "random", "secrets", "time", "uuid"})


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


class _Function:
    """One function: its names, and where each is bound."""

    def __init__(self, reader: _Reader, function: Any, via: list[str]) -> None:
        self.reached = Reached(reader.where, via, reader.parts, reader.read)
        self.refuse = self.reached.refuse
        self.node = definition(function, reader.where)
        self.names = Names(function, self.refuse)
        defaults = [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]
        for value in defaults:
            self.reached.reach(f"default of {function.__name__}", value)

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
            self.reached.reach(text, value, called=True)
            self.sql(text, named, node, local)
        elif known:
            self.reached.reach(text, value, called=True)
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
            self.reached.reach(text, value)
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
                self.reached.remember(f"{ast.unparse(node)} is {value.__name__}")

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
