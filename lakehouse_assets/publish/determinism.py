"""Proving, before anything runs, that a rule says the same of the same row; and everything it is made of.

A rule's function is read, not run: every name in it is looked up where Python would, and helpers are
followed. What cannot be looked up, or is not known to be harmless, is refused.
"""

from __future__ import annotations

import ast
import builtins
import functools
import importlib
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from types import FunctionType, ModuleType
from typing import Any, NoReturn

from lakehouse_assets.errors import DeclarationError
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
        self.globals: dict[str, Any] = function.__globals__
        self.imported: dict[str, Any] = {}
        try:
            cells = [cell.cell_contents for cell in function.__closure__ or ()]
        except ValueError:
            self.refuse(function.__name__, "uses a name that is not bound yet")
        self.closure = dict(zip(function.__code__.co_freevars, cells, strict=True))
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
                self.import_(node)
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
            if not (isinstance(base, ast.Name) and base.id in local and base.id not in self.imported):
                self.refuse(f"`{ast.unparse(node)} = ...`", KEEPS)

    def import_(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            name = alias.asname or alias.name.split(".")[0]
            try:
                if isinstance(node, ast.Import):
                    module = importlib.import_module(alias.name)
                    value: Any = module if alias.asname else sys.modules[name]
                else:
                    base = "." * node.level + (node.module or "")
                    module = importlib.import_module(base, self.globals.get("__package__"))
                    value = getattr(module, alias.name, None) or importlib.import_module(f"{base}.{alias.name}")
            except ImportError:
                self.refuse(f"`{ast.unparse(node)}`", "cannot be imported")
            self.imported[name] = value

    def call(self, node: ast.Call, local: frozenset[str]) -> None:
        text = ast.unparse(node.func)
        known, value = self.lookup(node.func, local)
        named = getattr(value, "__name__", "") if known else ""
        if known and _of_pyspark(value) and named in SQL_CALLS:
            self.reach(text, value, called=True)
            self.sql(text, named, node, local)
        elif known:
            self.reach(text, value, called=True)
            if _of_pyspark(value) and named == "unix_timestamp" and not (node.args or node.keywords):
                self.refuse(f"`{text}()`", "reads the clock")
            self.keep_base(node.func, local)
        else:
            self.visit(node.func, local)
        for part in [*node.args, *(keyword.value for keyword in node.keywords)]:
            self.visit(part, local)

    def name(self, node: ast.Name | ast.Attribute, local: frozenset[str]) -> None:
        """A name or a chain of attributes that is read."""
        text = ast.unparse(node)
        known, value = self.lookup(node, local)
        if known:
            self.reach(text, value)
            self.keep_base(node, local)
            return
        if isinstance(node, ast.Name):
            return
        reason = reason_against(node.attr)
        if reason or node.attr.startswith("__"):
            self.refuse(f"`{text}`", reason or "reaches into Python itself")
        base_known, base = self.lookup(node.value, local)
        if base_known and isinstance(base, list | dict | set) and node.attr not in READS:
            self.refuse(f"`{text}`", KEEPS)
        self.visit(node.value, local)

    def lookup(self, node: ast.AST, local: frozenset[str]) -> tuple[bool, Any]:
        """Whether a name or chain stands for something that is there before the rule runs, and what."""
        match node:
            case ast.Name(id=name):
                if name in self.imported:
                    return True, self.imported[name]
                if name in local:
                    return False, None
                for scope in (self.closure, self.globals, vars(builtins)):
                    if name in scope:
                        return True, scope[name]
                self.refuse(f"`{name}`", "is not known where the rule is declared")
            case ast.Attribute(value=base, attr=attribute):
                known, value = self.lookup(base, local)
                # Of other objects an attribute may be computed, and would be computed by looking at it.
                if known and isinstance(value, ModuleType | type):
                    if attribute.startswith("__") or not hasattr(value, attribute):
                        self.refuse(f"`{ast.unparse(node)}`", "is not known where the rule is declared")
                    return True, getattr(value, attribute)
        return False, None

    def keep_base(self, node: ast.AST, local: frozenset[str]) -> None:
        """Remember of what module or class an attribute is: the same words may mean another one tomorrow."""
        while isinstance(node, ast.Attribute):
            node = node.value
            known, value = self.lookup(node, local)
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
        elif _of_pyspark(value):
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
        module = _home(value)
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
        for decorator in getattr(node, "decorator_list", []):
            self.visit(decorator, frozenset())
        self.reader.read(helper, via)

    def sql(self, text: str, named: str, node: ast.Call, local: frozenset[str]) -> None:
        self.keep_base(node.func, local)
        first = node.args[0] if node.args else next((k.value for k in node.keywords), None)
        words = self.text(first, local)
        if words is None:
            self.refuse(f"`{ast.unparse(node)}`", "is SQL that is put together when it runs, and cannot be read before")
        found = reason_against_sql(f"{words}(1)" if named == "call_function" else words)
        if found:
            self.refuse(f"`{text}({words!r})`: {found[0]!r}", found[1])

    def text(self, node: ast.AST | None, local: frozenset[str]) -> str | None:
        """The text that an expression stands for, if it is written down in the code."""
        match node:
            case ast.Constant(value=str() as value):
                return value
            case ast.BinOp(op=ast.Add(), left=left, right=right):
                return _joined([self.text(left, local), self.text(right, local)])
            case ast.JoinedStr(values=parts):
                return _joined([self.text(part, local) for part in parts])
            case ast.FormattedValue(value=value, format_spec=None):
                return self.text(value, local)
            case ast.Name() | ast.Attribute():
                known, value = self.lookup(node, local)
                return str(value) if known and isinstance(value, str | int | Decimal) else None
        return None


def _defaults(node: Definition) -> list[ast.expr]:
    return [*node.args.defaults, *(default for default in node.args.kw_defaults if default)]


def _home(value: Any) -> str:
    """The module in which something was written; a decorator can lend a function any other `__module__`."""
    owner = getattr(value, "__self__", None) or getattr(value, "__objclass__", None)
    told = getattr(value, "__module__", None) or getattr(owner, "__module__", None) or ""
    return value.__globals__.get("__name__", "") if isinstance(value, FunctionType) else told


def _of_pyspark(value: Any) -> bool:
    return callable(value) and _home(value).split(".")[0] == "pyspark"


def _joined(parts: list[str | None]) -> str | None:
    return None if None in parts else "".join(str(part) for part in parts)
