"""The catalog: every declared table, found in the folders of its layer."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from difflib import get_close_matches
from functools import cache
from importlib import import_module

from lakehouse_assets.declare.checks import require_comparable
from lakehouse_assets.declare.table import LAYERS, Table
from lakehouse_assets.errors import DeclarationError, UnknownTableError


@cache
def tables() -> dict[str, Table]:
    """Every table by id, each after those it is made from.

    Raises DeclarationError for two tables of one name, an input that no table declares, a check that
    another table's columns cannot bear, or a cycle.
    """
    found: dict[str, Table] = {}
    for table in _declared():
        if table.id in found:
            raise DeclarationError(
                f"{table.id} is declared twice",
                where=f"{found[table.id].module} and {table.module}",
                remedy="rename the class or function of one: a table is called by it",
            )
        found[table.id] = table
    by_parameter = {table.parameter: table for table in found.values()}
    for table in found.values():
        unknown = [name for name in table.inputs if name not in by_parameter]
        if unknown:
            raise DeclarationError(
                f"{table.id} reads {unknown}, which no table declares",
                where=table.module,
                remedy="check the spelling: a parameter is called <layer>_<table>",
            )
        require_comparable(table, by_parameter.__getitem__)
    return _in_order(found, by_parameter)


def table(name: str) -> Table:
    """A table by id (`silver/transactions`), SQL name (`silver.transactions`) or parameter name."""
    known = tables()
    for id_ in (name, name.replace(".", "/", 1), name.replace("_", "/", 1)):
        if id_ in known:
            return known[id_]
    near = get_close_matches(name, known, n=2)
    meant = f"did you mean {' or '.join(near)}? " if near else ""
    raise UnknownTableError(f"no table is called {name!r}", remedy=f"{meant}Tables are: {', '.join(known)}")


def _declared() -> Iterator[Table]:
    for layer in LAYERS:
        package = import_module(f"lakehouse_assets.{layer}")
        for module in sorted(pkgutil.iter_modules(package.__path__), key=lambda m: m.name):
            name = f"{package.__name__}.{module.name}"
            yield from (v for v in vars(import_module(name)).values() if isinstance(v, Table) and v.module == name)


def _in_order(found: dict[str, Table], by_parameter: dict[str, Table]) -> dict[str, Table]:
    ordered: dict[str, Table] = {}
    waiting = dict(found)
    while waiting:
        ready = [t for t in waiting.values() if all(by_parameter[n].id in ordered for n in t.inputs)]
        if not ready:
            raise DeclarationError(
                f"tables read each other in a circle: {', '.join(waiting)}",
                remedy="let one of them read what the others are made from instead",
            )
        for table in ready:
            ordered[table.id] = waiting.pop(table.id)
    return ordered
