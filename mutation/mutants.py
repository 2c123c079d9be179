"""Which faults can be put into a module, and a fair choice of them."""

from __future__ import annotations

import ast
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from cosmic_ray import plugins
from cosmic_ray.commands.init import _all_work_items
from cosmic_ray.mutating import mutate_code
from cosmic_ray.work_item import MutationSpec

from mutation.operators import DropArgument, DropStatement

plugins.OPERATOR_PROVIDERS["lakehouse"] = {"DropStatement": DropStatement, "DropArgument": DropArgument}


@dataclass(frozen=True)
class Equivalent:
    """Faults that change nothing a test could see, and why: where `part` of a line that holds `line` `becomes` another.

    Without `part`, whatever becomes of the line; without `module`, wherever it stands.
    """

    why: str
    module: str = ""
    line: str = ""
    part: str = ""
    becomes: str = ""

    def is_of(self, spec: MutationSpec, before: str, after: str) -> bool:
        """Whether a fault is one of these."""
        return (
            str(spec.module_path).endswith(f"{self.module}.py")
            and self.line in before
            and (not self.part or before.replace(self.part, self.becomes) == after)
        )


def sites(path: Path) -> list[list[MutationSpec]]:
    """The places of a module where faults can be put, each with its faults.

    One place counts once, however many operators could stand there. Annotations and imports for type checkers
    never run: they are no places.
    """
    silent = _never_run(ast.parse(path.read_text("utf-8")))
    by_site: dict[object, list[MutationSpec]] = {}
    for item in _all_work_items([path], {}):
        spec = item.mutations[0]
        if not any(start <= spec.start_pos and spec.end_pos <= end for start, end in silent):
            by_site.setdefault((spec.start_pos, spec.end_pos), []).append(spec)
    return list(by_site.values())


def sample(
    by_module: Mapping[Path, Sequence[list[MutationSpec]]],
    count: int | None,
    seed: int,
    equivalent: Sequence[Equivalent],
) -> list[MutationSpec]:
    """One fault for each chosen place; `count` of them, by modules in proportion, or for every place."""
    places = sum(map(len, by_module.values()))
    chosen: list[MutationSpec] = []
    for path, found in by_module.items():
        dice = random.Random(f"{seed} {path.stem}")
        wanted = len(found) if count is None else max(3, round(count * len(found) / places))
        order = dice.sample(found, len(found))
        valid = (one for site in order if (one := _one_of(path, site, dice, equivalent)))
        chosen += [one for one, _ in zip(valid, range(wanted), strict=False)]
    return chosen


def change(path: Path, spec: MutationSpec) -> tuple[str, str] | None:
    """The lines that a fault changes, before and after; None where what it makes is no Python."""
    before = path.read_text("utf-8")
    operator = plugins.get_operator(spec.operator_name)(**spec.operator_args)
    after = mutate_code(before, operator, spec.occurrence)
    try:
        if after is None or ast.dump(ast.parse(after)) == ast.dump(ast.parse(before)):
            return None
    except SyntaxError:
        return None
    old, new = before.splitlines(), after.splitlines()
    moved = [op for op in SequenceMatcher(None, old, new, autojunk=False).get_opcodes() if op[0] != "equal"]
    return _joined(old, [(a, b) for _, a, b, _, _ in moved]), _joined(new, [(a, b) for *_, a, b in moved])


def _joined(lines: Sequence[str], parts: Sequence[tuple[int, int]]) -> str:
    return " ".join(line.strip() for start, end in parts for line in lines[start:end])


def _one_of(
    path: Path, site: Sequence[MutationSpec], dice: random.Random, equivalent: Sequence[Equivalent]
) -> MutationSpec | None:
    for spec in dice.sample(site, len(site)):
        changed = change(path, spec)
        if changed and not any(one.is_of(spec, *changed) for one in equivalent):
            return spec
    return None


def _never_run(tree: ast.Module) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    return [
        ((node.lineno, node.col_offset), (node.end_lineno or 0, node.end_col_offset or 0))
        for root in ast.walk(tree)
        for node in _silent_parts(root)
    ]


def _silent_parts(node: ast.AST) -> Iterator[ast.expr | ast.stmt]:
    if isinstance(node, ast.arg | ast.AnnAssign) and node.annotation is not None:
        yield node.annotation
    if isinstance(node, ast.FunctionDef) and node.returns is not None:
        yield node.returns
    if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
        yield node
