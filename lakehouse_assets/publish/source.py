"""The source of functions, read and not run, and constants as text."""

from __future__ import annotations

import ast
import enum
import inspect
import re
import textwrap
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from typing import Any

from lakehouse_assets.errors import DeclarationError

Definition = ast.FunctionDef | ast.Lambda
PLAIN = (bool, int, float, complex, str, bytes, date, datetime, time, timedelta, timezone, Decimal, Fraction)


def definition(function: Any, where: str) -> Definition:
    """The definition of a function as it was written; refused where it cannot be told."""
    code = getattr(function, "__code__", None)
    name = getattr(function, "__name__", repr(function))
    try:
        tree = _parsed(inspect.getsource(code))  # type: ignore[arg-type]  # of what has no code it raises TypeError
    except (OSError, TypeError, SyntaxError) as error:
        raise DeclarationError(
            f"the source of {name!r} cannot be read, so it cannot be told what it does",
            where=where,
            remedy="write it as an ordinary function (`def`) in a module",
        ) from error
    wanted = ast.Lambda if name == "<lambda>" else ast.FunctionDef
    found = [node for node in ast.walk(tree) if isinstance(node, wanted)]
    if not found or (wanted is ast.Lambda and len(found) > 1):
        raise DeclarationError(
            f"of several functions in one line it cannot be told which is {name!r}",
            where=where,
            remedy="give it a `def` of its own",
        )
    return found[0]


def _parsed(source: str) -> ast.Module:
    source = textwrap.dedent(source)
    try:
        return ast.parse(source)
    except SyntaxError:  # a lambda is given with its line, which may be a piece of a longer statement
        return ast.parse(f"({source.strip().rstrip(',')}\n)")


def body(node: Definition) -> str:
    """What a function does, without comments, layout and docstrings."""
    if isinstance(node, ast.Lambda):
        return ast.unparse(node.body)
    return "; ".join(ast.unparse(part) for part in _without_docstrings(node).body)


def _without_docstrings(node: ast.FunctionDef) -> ast.FunctionDef:
    for part in ast.walk(node):
        if isinstance(part, ast.FunctionDef):
            first, *rest = part.body
            docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
            part.body = (rest or [ast.Pass()]) if docstring else part.body
    return node


def signature(node: Definition) -> str:
    """The parameters of a function without their annotations, which mean nothing to it."""
    for part in ast.walk(node.args):
        if isinstance(part, ast.arg):
            part.annotation = None
    return ast.unparse(node.args)


def names_bound_by(node: ast.AST) -> Iterator[str]:
    """The names that a statement binds in its own scope."""
    match node:
        case ast.FunctionDef():
            yield node.name
            return
        case ast.Lambda() | ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            return
        case ast.Import() | ast.ImportFrom():
            yield from (alias.asname or alias.name.split(".")[0] for alias in node.names)
        case ast.Name(id=name, ctx=ast.Store()):
            yield name
        case (
            ast.ExceptHandler(name=str() as name) | ast.MatchAs(name=str() as name) | ast.MatchStar(name=str() as name)
        ):
            yield name
    for child in ast.iter_child_nodes(node):
        yield from names_bound_by(child)


def plain(value: Any) -> str | None:
    """A constant as text that is the same for equal constants; None for what is no constant."""
    if isinstance(value, enum.Enum):
        return f"{type(value).__name__}.{value.name}({plain(value.value)})"
    if value is None or type(value) in PLAIN or isinstance(value, re.Pattern):
        return repr(value)
    if type(value) in (list, tuple, set, frozenset):
        parts = [plain(part) for part in value]
        if None in parts:
            return None
        texts = [str(part) for part in parts]
        return f"{type(value).__name__}[{', '.join(sorted(texts) if isinstance(value, set | frozenset) else texts)}]"
    if type(value) is dict:
        pairs = [(plain(key), plain(inner)) for key, inner in value.items()]
        return None if any(None in pair for pair in pairs) else f"dict[{', '.join(f'{k}: {v}' for k, v in pairs)}]"
    kind = type(value)
    if kind.__module__ == "pyspark.sql.types" and hasattr(value, "jsonValue"):
        return f"{kind.__name__}:{value.simpleString()}"
    return None
