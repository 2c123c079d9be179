"""Faults beside those of the library: what a line does is left out, or what a call is told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import parso
from cosmic_ray.operators.operator import Example, Operator

Span = tuple[tuple[int, int], tuple[int, int]]


class DropStatement(Operator):
    """A call for its effect, a `raise`, a `+=` or a `|=` becomes `pass`."""

    def mutation_positions(self, node: Any) -> Iterator[Span]:
        """The whole statement."""
        if _has_effect(node):
            yield node.start_pos, node.end_pos

    def mutate(self, node: Any, index: int) -> Any:  # noqa: ARG002 - the library's signature
        """The statement as `pass`, at its place."""
        return parso.python.tree.Keyword("pass", node.start_pos, prefix=node.get_first_leaf().prefix)

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        """What the library shows of it."""
        return (Example("close(x)", "pass"), Example("x += 1", "pass"))


class DropArgument(Operator):
    """A named argument of a call is left out, so its default counts."""

    def mutation_positions(self, node: Any) -> Iterator[Span]:
        """Each named argument."""
        for argument in _named_arguments(node):
            yield argument.start_pos, argument.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        """The call without the argument and the comma beside it."""
        at = node.children.index(_named_arguments(node)[index])
        if node.type == "trailer":
            del node.children[at]
        else:
            del node.children[max(at - 1, 0) : at + 1]
        return node

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        """What the library shows of it."""
        return (Example("f(a, b=1)", "f(a)"), Example("f(b=1)", "f()"))


def _has_effect(node: Any) -> bool:
    if node.parent is None or node.parent.type != "simple_stmt":
        return False
    if node.type == "raise_stmt":
        return True
    if node.type == "expr_stmt":
        return node.children[1].type == "operator" and node.children[1].value in ("+=", "-=", "|=")
    return node.type in ("atom_expr", "power") and node.children[-1].type == "trailer"


def _named_arguments(node: Any) -> list[Any]:
    if node.type == "arglist" or (node.type == "trailer" and node.children[0].value == "("):
        return [
            c
            for c in node.children
            if c.type == "argument" and c.children[1].type == "operator" and c.children[1].value == "="
        ]
    return []
