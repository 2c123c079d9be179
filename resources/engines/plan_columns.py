"""Which columns of which tables each column of a Spark Connect frame is computed from, read off its plan.

Nothing is computed. What the plan does not tell (SQL as text, functions over whole frames) counts as depending on
every column below it: never too little is told. Conditions, joins and groups decide about rows and not about values;
they are left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

Sources = frozenset[tuple[str, str]]  # place of a table, and a column of it
NONE: Sources = frozenset()
# Relations that hand on the columns of the one below them.
SAME = frozenset(
    {"filter", "sort", "limit", "offset", "tail", "sample", "repartition", "repartition_by_expression", "hint"}
    | {"deduplicate", "collect_metrics", "with_watermark", "drop_na", "fill_na", "replace"}
)
CONSTANT = frozenset({"literal", "unresolved_named_lambda_variable"})


@dataclass(frozen=True)
class _Column:
    name: str
    sources: Sources
    alias: str = ""  # of the relation that it came through


def columns_from(frame: DataFrame) -> dict[str, Sources]:
    """The sources of each column of a frame of Spark Connect."""
    plain: Any = frame  # there is no public way to a plan
    client = plain._session.client  # noqa: SLF001
    plan = plain._plan.to_proto(client)  # noqa: SLF001
    found = _Walk(client).relation(plan.root)
    names = frame.columns
    if len(names) != len(found):  # more than was understood: everything may come from everywhere
        everything = _all(found)
        return dict.fromkeys(names, everything)
    return {name: column.sources for name, column in zip(names, found, strict=True)}


@dataclass
class _Walk:
    client: Any
    seen: dict[int, list[_Column]] = field(default_factory=dict)  # by plan id, which columns may refer to

    def relation(self, relation: Any) -> list[_Column]:
        number = relation.common.plan_id if relation.HasField("common") else None
        if number is None or number not in self.seen:
            kind = relation.WhichOneof("rel_type")
            below = getattr(relation, kind)
            known: Callable[[Any, Any], list[_Column]] | None = getattr(self, f"_{kind}", None)
            if kind in SAME:
                columns = self.relation(below.input)
            else:
                columns = known(below, relation) if known else self._opaque(below, relation)
            if number is None:
                return columns
            self.seen[number] = columns
        return self.seen[number]

    def _schema(self, relation: Any) -> list[str]:
        from pyspark.sql.connect.proto import Plan

        return list(self.client.schema(Plan(root=relation)).names)

    def _opaque(self, below: Any, relation: Any) -> list[_Column]:
        everything = _all([column for child in _children(below) for column in self.relation(child)])
        return [_Column(name, everything) for name in self._schema(relation)]

    def _read(self, read: Any, relation: Any) -> list[_Column]:
        source = read.data_source
        place = source.paths[0] if source.paths else source.options.get("path", read.named_table.unparsed_identifier)
        return [_Column(name, frozenset({(place, name)})) for name in self._schema(relation)]

    def _subquery_alias(self, below: Any, _: Any) -> list[_Column]:
        return [_Column(c.name, c.sources, below.alias) for c in self.relation(below.input)]

    def _to_df(self, below: Any, _: Any) -> list[_Column]:
        given = self.relation(below.input)
        return [_Column(name, c.sources) for name, c in zip(below.column_names, given, strict=True)]

    def _with_columns_renamed(self, below: Any, _: Any) -> list[_Column]:
        names = {rename.col_name.lower(): rename.new_col_name for rename in below.renames}
        names |= {old.lower(): new for old, new in below.rename_columns_map.items()}
        return [_Column(names.get(c.name.lower(), c.name), c.sources, c.alias) for c in self.relation(below.input)]

    def _drop(self, below: Any, _: Any) -> list[_Column]:
        given = self.relation(below.input)
        names = {name.lower() for name in below.column_names}
        gone = [column for e in below.columns for column in self._referred(e, given)]
        return [c for c in given if c.name.lower() not in names and c not in gone]

    def _project(self, below: Any, _: Any) -> list[_Column]:
        given = self.relation(below.input) if below.HasField("input") else []
        return [column for e in below.expressions for column in self._named(e, given)]

    def _with_columns(self, below: Any, _: Any) -> list[_Column]:
        given = self.relation(below.input)
        new = {a.name[0].lower(): _Column(a.name[0], self._sources(a.expr, given)) for a in below.aliases}
        replaced = [new.pop(c.name.lower(), c) for c in given]
        return [*replaced, *new.values()]

    def _aggregate(self, below: Any, relation: Any) -> list[_Column]:
        if below.HasField("pivot"):
            return self._opaque(below, relation)
        given = self.relation(below.input)
        return [c for e in (*below.grouping_expressions, *below.aggregate_expressions) for c in self._named(e, given)]

    def _join(self, below: Any, relation: Any) -> list[_Column]:
        from pyspark.sql.connect.proto import Join

        left, right = self.relation(below.left), self.relation(below.right)
        if below.join_type in (Join.JOIN_TYPE_LEFT_SEMI, Join.JOIN_TYPE_LEFT_ANTI):
            return left
        using = [name.lower() for name in below.using_columns]
        if not using:
            return [*left, *right]
        keys = [_Column(name, _all(c for c in (*left, *right) if c.name.lower() == name.lower())) for name in using]
        names = self._schema(relation)[: len(using)]
        rest = [c for c in (*left, *right) if c.name.lower() not in using]
        return [*(_Column(n, k.sources) for n, k in zip(names, keys, strict=True)), *rest]

    def _set_op(self, below: Any, relation: Any) -> list[_Column]:
        left, right = self.relation(below.left_input), self.relation(below.right_input)
        if below.by_name:
            return self._opaque(below, relation)
        return [_Column(a.name, a.sources | b.sources) for a, b in zip(left, right, strict=True)]

    def _named(self, expression: Any, given: list[_Column]) -> list[_Column]:
        """The columns that an expression gives: several for a star."""
        kind = expression.WhichOneof("expr_type")
        if kind == "unresolved_star":
            wanted = expression.unresolved_star.unparsed_target.removesuffix(".*").strip("`")
            return [c for c in given if not wanted or c.alias == wanted]
        if kind == "alias":
            sources = self._sources(expression.alias.expr, given)
            return [_Column(name, sources) for name in expression.alias.name]
        if kind == "unresolved_attribute":
            name = _parts(expression.unresolved_attribute.unparsed_identifier)[-1]
            return [_Column(name, self._sources(expression, given))]
        return [_Column("", self._sources(expression, given))]  # the server knows what it calls it

    def _referred(self, expression: Any, given: list[_Column]) -> list[_Column]:
        """The column that an attribute means: `column`, `alias.column` or `column.field`."""
        if expression.WhichOneof("expr_type") != "unresolved_attribute":
            return []
        attribute = expression.unresolved_attribute
        pool = self.seen.get(attribute.plan_id, given) if attribute.HasField("plan_id") else given
        parts = [part.lower() for part in _parts(attribute.unparsed_identifier)]
        for at in range(min(2, len(parts)) - 1, -1, -1):
            found = [c for c in pool if c.name.lower() == parts[at] and (not at or c.alias.lower() == parts[0])]
            if found:
                return found
        return []

    def _sources(self, expression: Any, given: list[_Column]) -> Sources:
        kind = expression.WhichOneof("expr_type")
        if kind == "unresolved_attribute":
            return _all(self._referred(expression, given) or given)
        if kind in ("unresolved_star", "expression_string", "subquery_expression"):
            return _all(given)
        if kind is None or kind in CONSTANT:
            return NONE
        return NONE.union(*(self._sources(e, given) for e in _expressions(getattr(expression, kind))))


def _all(columns: Any) -> Sources:
    return NONE.union(*(column.sources for column in columns))


def _parts(name: str) -> list[str]:
    return [quoted or plain for quoted, plain in re.findall(r"`([^`]+)`|([^.`]+)", name)]


def _expressions(message: Any) -> Iterator[Any]:
    """The expressions directly below a message."""
    for below in _messages(message):
        if below.DESCRIPTOR.name == "Expression":
            yield below
        elif below.DESCRIPTOR.name not in ("Relation", "DataType"):
            yield from _expressions(below)


def _children(message: Any) -> Iterator[Any]:
    return (below for below in _messages(message) if below.DESCRIPTOR.name == "Relation")


def _messages(message: Any) -> Iterator[Any]:
    for described, value in message.ListFields():
        if described.message_type and not described.message_type.GetOptions().map_entry:
            yield from value if described.is_repeated else [value]
