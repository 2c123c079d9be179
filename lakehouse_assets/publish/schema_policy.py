"""What the declared columns of a table may change of the stored ones: four policies, decided without a table.

| policy     | permits                                                                              |
|------------|--------------------------------------------------------------------------------------|
| `strict`   | nothing                                                                              |
| `additive` | new columns and new fields of structs; rows of other partitions hold NULL there      |
| `widen`    | that, and types that hold every old value: int to bigint, float to double, decimals  |
| `replace`  | any columns, where one run publishes all partitions                                  |

The order of columns is no difference under any policy: Delta's readers go by name, so the stored order
stays and files of another order are read rightly. Letter case is one: `Name` and `name` are one column to
Delta, and only `replace` can tell which spelling is meant. Every declared column may be NULL, because rules
and not the storage refuse NULL; a stored NOT NULL is relaxed where columns may join.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from lakehouse_assets.publish.wider import fit, readable

Policy = Literal["strict", "additive", "widen", "replace"]
Action = Literal["nothing", "add columns", "rewrite wider", "replace"]
Need = Literal["nothing", "add columns", "rewrite wider", "replace", "never"]

POLICIES: tuple[Policy, ...] = get_args(Policy)  # each permits what stands at its place in NEEDS, and all before
NEEDS: tuple[Need, ...] = get_args(Need)

Field = dict[str, Any]  # a column as Spark and Delta write it in JSON: name, type, nullable, metadata


@dataclass(frozen=True)
class Change:
    """One difference: how it reads, the least that must be done about it, and what is lost by doing so."""

    line: str
    need: Need
    lost: str = ""


@dataclass(frozen=True)
class Difference:
    """All differences between stored and declared columns.

    `merged` is the JSON of the stored columns with the declared ones joined and widened to; it means
    something where no more is needed than that.
    """

    changes: tuple[Change, ...]
    merged: str

    @property
    def lines(self) -> tuple[str, ...]:
        """`- old: type`, `+ new: type`, `~ name: old -> new (why)`, `case only: Name -> name` and the like."""
        return tuple(change.line for change in self.changes)

    @property
    def need(self) -> Need:
        """The least that must be done to make the declared columns the stored ones."""
        return max((change.need for change in self.changes), key=NEEDS.index, default="nothing")


@dataclass(frozen=True)
class Decision:
    """What a policy does about a difference; `action` is None where it refuses, for `what`, with `remedy`."""

    action: Action | None
    what: str = ""
    remedy: str = ""


def compare(
    stored: Sequence[Field],
    declared: Sequence[Field],
    *,
    stored_by: Sequence[str] = (),
    declared_by: Sequence[str] = (),
    required: Collection[str] = (),
) -> Difference:
    """Tell how `declared` columns differ from `stored` ones, and how their partition columns do.

    `required` names declared columns that a rule forbids to be NULL: they cannot join a table whose other
    partitions stay, or those would break the rule.
    """
    twice = Counter(field["name"].lower() for field in declared)
    changes = [
        Change(f"! {', '.join(f['name'] for f in declared if f['name'].lower() == name)}: one name to Delta", "never")
        for name, count in twice.items()
        if count > 1
    ]
    if list(stored_by) != list(declared_by):
        changes.append(Change(f"partitioned by {_named(stored_by)} -> by {_named(declared_by)}", "never"))
    merged, found = _fields(stored, declared, "", top=True)
    changes += [_of_column(change, name, stored_by, required) for name, change in found]
    return Difference(tuple(changes), json.dumps({"type": "struct", "fields": merged}))


def decide(difference: Difference, policy: Policy) -> Decision:
    """Say what `policy` does about a difference; a refusal names the policy that would not refuse."""
    need = difference.need
    if need == "nothing":
        return Decision("nothing")
    if NEEDS.index(need) <= POLICIES.index(policy):
        return Decision("replace" if policy == "replace" else need)  # type: ignore[arg-type]  # "never" comes last
    what = f'schema="{policy}" forbids how the stored and the declared table differ (- stored, + declared):\n'
    return Decision(None, what + "\n".join(difference.lines), _remedy(difference))


def _remedy(difference: Difference) -> str:
    back = "change the contract back, or "
    match difference.need:
        case "never":
            return f"{back}move the old table away and publish it anew"
        case "replace":
            lost = ", ".join(dict.fromkeys(change.lost for change in difference.changes if change.lost))
            return f'{back}declare schema="replace" and run all partitions in one run' + (
                f" (lost but for the table's older versions: {lost})" if lost else ""
            )
        case "rewrite wider":
            return f'{back}declare schema="widen" (nothing is lost; all partitions are rewritten in the same commit)'
        case _:
            return f'{back}declare schema="additive" (nothing is lost; other partitions hold NULL there)'


def _of_column(change: Change, name: str, by: Sequence[str], required: Collection[str]) -> Change:
    """What a change means for a partition column, and for one that may not be NULL."""
    if name in by:
        never = change.line.startswith(("-", "case"))
        return Change(f"{change.line} (partition column)", "never" if never else "replace", change.lost)
    if change.line.startswith(f"+ {name}: ") and name in required:
        return Change(f"{change.line} (a rule forbids NULL, and other partitions would hold it)", "replace")
    return change


def _fields(
    stored: Sequence[Field], declared: Sequence[Field], path: str, *, top: bool
) -> tuple[list[Field], list[tuple[str, Change]]]:
    """The stored fields with the declared ones joined, and each change with the name of its field."""
    new = {field["name"]: field for field in declared}
    by_case = {field["name"].lower(): field["name"] for field in declared}
    merged, changes, met = [], [], set()
    for old in stored:
        name, full = old["name"], path + old["name"]
        spelled = name if name in new else by_case.get(name.lower())
        met.add(spelled)
        if spelled is None:
            changes.append((name, Change(f"- {full}: {readable(old['type'])}", "replace", f"the values of {full}")))
            merged.append(old)
            continue
        if spelled != name:
            changes.append((name, Change(f"case only: {full} -> {path}{spelled}", "replace")))
        kind, inner = _type(old["type"], new[spelled]["type"], full)
        # Whatever is declared, columns are stored nullable.
        relaxed = not old.get("nullable", True) and (top or new[spelled].get("nullable", True))
        if relaxed:
            changes.append((name, Change(f"~ {full}: NOT NULL -> nullable", "add columns")))
        changes += [(name, change) for change in inner]
        merged.append({**old, "type": kind, "nullable": relaxed or old.get("nullable", True)})
    for field in (f for f in declared if f["name"] not in met):
        changes.append((field["name"], Change(f"+ {path}{field['name']}: {readable(field['type'])}", "add columns")))
        merged.append({"name": field["name"], "type": field["type"], "nullable": True, "metadata": {}})
    return merged, changes


def _type(old: Any, new: Any, path: str) -> tuple[Any, list[Change]]:
    """The type that holds both, and what differs; nested types are walked."""
    if isinstance(old, dict) and isinstance(new, dict) and old["type"] == new["type"]:
        if old["type"] == "struct":
            fields, found = _fields(old["fields"], new["fields"], f"{path}.", top=False)
            return {**old, "fields": fields}, [change for _, change in found]
        merged, changes = dict(old), []
        for part, label in (("elementType", "element"), ("keyType", "key"), ("valueType", "value")):
            if part in old:
                merged[part], inner = _type(old[part], new[part], f"{path}.{label}")
                changes += inner
        for flag in ("containsNull", "valueContainsNull"):
            if not old.get(flag, True) and new.get(flag, True):
                merged[flag] = True
                changes.append(Change(f"~ {path}: NOT NULL within -> nullable within", "add columns"))
        return merged, changes
    if old == new:
        return old, []
    wider, why = fit(old, new)
    line = f"~ {path}: {readable(old)} -> {readable(new)} ({why})"
    if wider:
        return new, [Change(line, "rewrite wider")]
    return old, [Change(line, "replace", f"{path} as {readable(old)}")]


def _named(columns: Sequence[str]) -> str:
    return ", ".join(columns) or "nothing"
