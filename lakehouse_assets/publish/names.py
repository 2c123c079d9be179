"""What the names in a function stand for before it runs."""

from __future__ import annotations

import ast
import builtins
import importlib
import inspect
import sys
from collections.abc import Callable
from decimal import Decimal
from types import FunctionType, ModuleType
from typing import Any, NoReturn


class Names:
    """The names of one function, looked up where Python would; `refuse` is called, and raises, for one it cannot."""

    def __init__(self, function: Any, refuse: Callable[[str, str], NoReturn]) -> None:
        self.refuse = refuse
        self.globals: dict[str, Any] = function.__globals__
        self.imported: dict[str, Any] = {}
        try:
            cells = [cell.cell_contents for cell in function.__closure__ or ()]
        except ValueError:
            refuse(f"`{function.__name__}`", "uses a name that is not bound yet")
        self.closure = dict(zip(function.__code__.co_freevars, cells, strict=True))

    def import_(self, node: ast.Import | ast.ImportFrom) -> None:
        """Know what an import within the function binds."""
        for alias in node.names:
            name = alias.asname or alias.name.split(".")[0]
            try:
                if isinstance(node, ast.Import):
                    module = importlib.import_module(alias.name)
                    value: Any = module if alias.asname else sys.modules[name]
                else:
                    base = "." * node.level + (node.module or "")
                    module = importlib.import_module(base, self.globals.get("__package__"))
                    if not hasattr(module, alias.name):  # a module that nobody imported yet
                        importlib.import_module(f"{module.__name__}.{alias.name}")
                    value = getattr(module, alias.name)
            except (ImportError, AttributeError):
                self.refuse(f"`{ast.unparse(node)}`", "cannot be imported")
            self.imported[name] = value

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

    def origin(self, name: str) -> ast.expr | None:
        """The expression that a constant was given where the function's module says so, else None."""
        module = sys.modules.get(self.globals.get("__name__", ""))
        if name in self.closure or name in self.imported or name not in self.globals or module is None:
            return None
        try:
            written = ast.parse(inspect.getsource(module)).body
        except (OSError, TypeError):
            return None
        for node in reversed(written):
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            if any(isinstance(target, ast.Name) and target.id == name for target in targets):
                return getattr(node, "value", None)
        return None

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


def home(value: Any) -> str:
    """The module in which something was written; a decorator can lend a function any other `__module__`."""
    owner = getattr(value, "__self__", None) or getattr(value, "__objclass__", None)
    told = getattr(value, "__module__", None) or getattr(owner, "__module__", None) or ""
    return value.__globals__.get("__name__", "") if isinstance(value, FunctionType) else told


def of_pyspark(value: Any) -> bool:
    """Whether a function or class is the engine's."""
    return callable(value) and home(value).split(".")[0] == "pyspark"


def _joined(parts: list[str | None]) -> str | None:
    return None if None in parts else "".join(str(part) for part in parts)
