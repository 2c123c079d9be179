"""What a change does to tables is told in words; what breaks readers of gold needs a version and a decision."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gates.changes import SNAPSHOT, comment, compare, unexcused
from gates.contracts import snapshot
from lakehouse_assets_tests.gates.history import History

REPOSITORY = Path(__file__).parents[2]
RECONCILES = "reconciles__sales_value__silver_transactions"
NOW = json.loads((REPOSITORY / SNAPSHOT).read_text())
GOLD = "gold/daily_store_sales"

Edit = Callable[[dict[str, Any]], Any]


def edited(edit: Edit) -> dict[str, Any]:
    """The contracts as they would be once somebody has edited the gold table."""
    after = copy.deepcopy(NOW)
    edit(after[GOLD])
    return after


def told(edit: Edit) -> list[tuple[str, bool]]:
    return [(change.what, change.breaking) for change in compare(NOW, edited(edit))]


def test_the_contracts_are_the_reviewed_ones() -> None:
    assert snapshot() == (REPOSITORY / SNAPSHOT).read_text(), "if the change is meant: make snapshot, and review"


def test_no_change_is_told_as_none() -> None:
    assert compare(NOW, NOW) == []
    assert comment([]) == "### Tables\nNo table, column, rule or dependency is changed.\n"


@pytest.mark.parametrize(
    ("edit", "what"),
    [
        (lambda t: t["columns"].update(margin="double"), "column added: `margin double`"),
        (lambda t: t["columns"].update(sales_value="decimal(16,2)"), "`sales_value`: decimal(14,2) -> decimal(16,2)"),
        (lambda t: t["rules"].update(new={"demand": "ge 0", "warn": False}), "rule added: `new`, ge 0"),
        (lambda t: t["checks"].pop(RECONCILES), f"check removed: `{RECONCILES}`"),
        (lambda t: t["owners"].append("team:x"), "owners: `team:sales` -> `team:sales, team:x`"),
        (lambda t: t["reads"].append("silver_products"), "reads: `silver_transactions`"),
    ],
)
def test_what_no_reader_stumbles_over_is_told_and_breaks_nothing(edit: Edit, what: str) -> None:
    ((line, breaking),) = told(edit)
    assert what in line
    assert not breaking


@pytest.mark.parametrize(
    ("edit", "what"),
    [
        (lambda t: t["columns"].pop("units"), "column removed: `units bigint`"),
        (lambda t: t["columns"].update(units="integer"), "column `units`: bigint -> int (narrower)"),
        (lambda t: t["columns"].update(units="string"), "column `units`: bigint -> string (another kind)"),
        (lambda t: t["rules"].pop("units__not_null", None) or t["rules"].pop("lines__ge"), "removed"),
        (lambda t: t["rules"]["lines__ge"].update(warn=True), "rule `lines__ge`: ge 1 -> ge 1 (warns)"),
        (lambda t: t["rules"]["lines__ge"].update(demand="ge 0"), "rule `lines__ge`: ge 1 -> ge 0"),
        (lambda t: t.update(key=["store_id"]), "key: `event_date, store_id` -> `store_id`"),
        (lambda t: t.update(partitions="none"), "partitions: "),
        (lambda t: t.update(write="Merge()"), "write: `Replace()` -> `Merge()`"),
    ],
)
def test_what_a_reader_could_stumble_over_breaks(edit: Edit, what: str) -> None:
    changes = told(edit)
    assert all(breaking for _, breaking in changes)
    assert what in changes[0][0]


def test_tables_that_come_and_go_are_told_and_one_that_goes_breaks() -> None:
    without = {name: promised for name, promised in NOW.items() if name != GOLD}
    assert [(c.table, c.breaking) for c in compare(NOW, without)] == [(GOLD, True)]
    assert [(c.table, c.breaking) for c in compare(without, NOW)] == [(GOLD, False)]


def test_the_comment_names_each_table_once_and_marks_what_breaks() -> None:
    after = edited(lambda t: (t["columns"].pop("units"), t["columns"].update(margin="double")))
    text = comment(compare(NOW, after), "-  reads: a\n+  reads: b\n")
    assert text.startswith("### Tables\n2 changes, 1 of them breaking.\n")
    assert text.count(f"**{GOLD}**") == 1
    assert "- BREAKING: column removed: `units bigint`\n" in text
    assert "```diff\n-  reads: a\n+  reads: b\n```" in text


def test_gold_that_breaks_needs_a_new_version_and_a_decision_that_names_it() -> None:
    broken = edited(lambda t: t["columns"].pop("units"))
    changes = compare(NOW, broken)
    assert len(unexcused(changes, NOW, broken, {})) == 2
    for other in ("something else", f"`{GOLD}_by_week` is new"):
        assert unexcused(changes, NOW, broken, {"docs/adr/0099-x.md": other})[0].endswith(f"names {GOLD}")
    raised = edited(lambda t: (t["columns"].pop("units"), t.update(version=2)))
    changes = compare(NOW, raised)
    assert len(unexcused(changes, NOW, raised, {})) == 1
    assert unexcused(changes, NOW, raised, {"docs/adr/0099-x.md": f"`{GOLD}` loses units"}) == []


def test_silver_that_breaks_is_told_and_not_gated() -> None:
    after = copy.deepcopy(NOW)
    after["silver/transactions"]["columns"].pop("quantity")
    changes = compare(NOW, after)
    assert changes[0].breaking
    assert unexcused(changes, NOW, after, {}) == []


@pytest.fixture
def branch(tmp_path: Path) -> History:
    """A branch `work` of a repository whose `main` has the contracts of today, and is a commit further."""
    history = History.begun(tmp_path / "repository")
    history.commit({SNAPSHOT: json.dumps(NOW), "docs/adr/0001-old.md": f"`{GOLD}` is a table"})
    history.git("checkout", "--quiet", "-b", "work")
    history.git("checkout", "--quiet", "main")
    history.commit({SNAPSHOT: "{}"})
    history.git("checkout", "--quiet", "work")
    return history


def gate(branch: History) -> tuple[int, str, str]:
    """The gate as `make compatible` runs it."""
    done = branch.gate("gates.changes", "--base", "main", "--gate")
    return done.returncode, done.stdout, done.stderr


def test_the_gate_lets_a_branch_through_that_breaks_nothing(branch: History) -> None:
    branch.commit({SNAPSHOT: json.dumps(edited(lambda t: t["columns"].update(margin="double")))})
    code, told, against = gate(branch)
    assert (code, against) == (0, "")
    assert f"**{GOLD}**\n- column added: `margin double`" in told


def test_the_gate_stops_a_branch_that_takes_a_column_of_gold_away(branch: History) -> None:
    branch.commit({SNAPSHOT: json.dumps(edited(lambda t: t["columns"].pop("units")))})
    code, told, against = gate(branch)
    assert code == 1
    assert "- BREAKING: column removed: `units bigint`" in told
    assert against.splitlines() == [
        f"{GOLD}: its readers are broken, and no new page in docs/adr names {GOLD}",
        f"{GOLD}: its readers are broken, and its version is still {NOW[GOLD]['version']}",
    ]
    assert branch.gate("gates.changes", "--base", "main").returncode == 0  # the comment alone stops nobody


def test_a_new_version_and_a_new_decision_that_names_the_table_open_the_gate(branch: History) -> None:
    raised = edited(lambda t: (t["columns"].pop("units"), t.update(version=t["version"] + 1)))
    branch.commit({SNAPSHOT: json.dumps(raised)})
    code, _, against = gate(branch)
    assert (code, len(against.splitlines())) == (1, 1)  # the decision of before is none about this change
    branch.commit({"docs/adr/0002-units.md": f"`{GOLD}` loses its units"})
    code, told, against = gate(branch)
    assert (code, against) == (0, "")
    assert "BREAKING" in told
