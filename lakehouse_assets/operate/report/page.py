"""The report as one HTML page that needs nothing but itself: no network, no script."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from lakehouse_assets.operate import words
from lakehouse_assets.operate.attention import concerns
from lakehouse_assets.operate.report import plots
from lakehouse_assets.operate.report.facts import Facts, Run
from lakehouse_assets.operate.state import Failing, State

if TYPE_CHECKING:
    from markupsafe import Markup

SLOWEST = 15
PHASES = ("read", "judge", "quarantine", "commit", "other")


def render(facts: Facts) -> str:
    """The page. Every name and text in it is escaped."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("lakehouse_assets.operate.report", "."),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.globals |= {"words": words, "anchor": anchor}
    costed = any(run.cost is not None for run in facts.runs)
    return environment.get_template("page.html.jinja").render(
        facts=facts,
        concerns=concerns(facts.tables, facts.now),
        totals=_totals(facts, costed=costed),
        volumes=[(table, _volume(table)) for table in facts.tables if len(table.partitions) > 1 and table.rows],
        failing=[(table, _failures(table)) for table in facts.tables if table.failing],
        quarantines=[(table, _quarantine(table)) for table in facts.tables if table.rows_quarantined],
        sizes={table.id: _sizes(table) for table in facts.tables},
        ages={table.id: _age(table, facts) for table in facts.tables},
        by_table=_spent(((run.table, run) for run in facts.runs), costed=costed, what="table"),
        by_owner=_spent(_owned(facts), costed=costed, what="owner"),
        slowest=_slowest(facts.runs),
        phases=PHASES,
        costed=costed,
    )


def anchor(table: str) -> str:
    """The name by which the page links to a table."""
    return "table-" + "".join(c if c.isalnum() else "-" for c in table)


def _totals(facts: Facts, *, costed: bool) -> list[tuple[str, str, str]]:
    """What stands in large figures at the top: name, figure, and how bad it is."""
    late = sum(table.is_late(facts.now) for table in facts.tables)
    stale = sum(table.stale for table in facts.tables)
    failing = sum(len({one.rule for one in table.failing}) for table in facts.tables)
    rejected = sum(table.rows_quarantined for table in facts.tables)
    neglected = sum(bool(table.neglected) for table in facts.tables)
    cost = sum(run.cost or 0.0 for run in facts.runs)
    spent = ("cost", words.money(cost), "") if costed else ("compute", words.seconds(_seconds(facts.runs)), "")
    return [
        ("rows", words.count(sum(table.rows for table in facts.tables)), ""),
        ("late tables", f"{late:,}", "bad" if late else "good"),
        ("partitions out of date", f"{stale:,}", "warn" if stale else "good"),
        ("rules that do not pass", f"{failing:,}", "warn" if failing else "good"),
        ("rows in quarantine", words.count(rejected), "warn" if rejected else "good"),
        ("tables to maintain", f"{neglected:,}", "warn" if neglected else "good"),
        spent,
    ]


def _volume(table: State) -> Markup:
    points = [
        (key, float(table.health.rows.get(key, 0)), float(table.quarantined.get(key, 0))) for key in table.partitions
    ]
    held = [accepted for _, accepted, _ in points if accepted]
    title = f"{table.id}: {len(held)} partitions with {min(held):,.0f} to {max(held):,.0f} rows"
    return plots.over_partitions(points, title)


def _failures(table: State) -> list[tuple[str, Markup, str]]:
    """Of each rule: its strip over partitions, how many rows in how many of them, and whether they were refused."""
    return [(one.rule, _strip(table, one), _extent(table, one)) for one in table.failing]


def _extent(table: State, failing: Failing) -> str:
    rows, partitions = words.some(failing.rows, "row"), words.some(len(failing.cells), "partition")
    refused = ", refused" if failing.refused else ""
    if len(table.partitions) == 1:
        return (rows if failing.of_rows else "does not pass") + refused
    return (f"{rows}, {partitions}" if failing.of_rows else partitions) + refused


def _strip(table: State, failing: Failing) -> Markup:
    title = f"{table.id}, {failing.rule}: {_extent(table, failing)}"
    return plots.heat(failing.cells, table.partitions, title, "row" if failing.of_rows else "failure")


def _quarantine(table: State) -> tuple[Markup, Markup | None]:
    """Rows by rule, and over partitions where there are several."""
    rows = sorted(table.rules_broken.items(), key=lambda item: -item[1])
    by_rule = plots.bars(
        [plots.Bar(rule, {"rejected": float(number)}, f"{number:,}") for rule, number in rows],
        f"{table.id}: quarantined rows by rule",
        width=640,
        said=90,
    )
    if len(table.partitions) == 1:
        return by_rule, None
    over = plots.heat(table.quarantined, table.partitions, f"{table.id}: quarantined rows over partitions", "row")
    return by_rule, over


def _sizes(table: State) -> Markup:
    title = f"{table.id}: {len(table.health.sizes):,} files by size, from 1 kB on, each column four times the last"
    return plots.sizes(table.health.by_magnitude, title)


def _age(table: State, facts: Facts) -> Markup | str:
    """How much of the promised time has gone by; nothing where nothing is promised."""
    if table.within is None:
        return ""
    made = table.health.made_at
    used = (facts.now - made) / table.within if made else 2.0
    return plots.gauge(used, f"{table.id}: {used:.0%} of the promised time has gone by")


def _owned(facts: Facts) -> Iterable[tuple[str, Run]]:
    owners = {table.id: ", ".join(table.owners) for table in facts.tables}
    return ((owners.get(run.table) or "nobody", run) for run in facts.runs)


def _spent(runs: Iterable[tuple[str, Run]], *, costed: bool, what: str) -> Markup:
    seconds: dict[str, float] = defaultdict(float)
    cost: dict[str, float] = defaultdict(float)
    for name, run in runs:
        seconds[name] += run.seconds
        cost[name] += run.cost or 0.0
    shown = cost if costed else seconds
    rows = [
        plots.Bar(
            name,
            {"accepted": value},
            f"{words.money(value)} \N{MIDDLE DOT} {words.seconds(seconds[name])}" if costed else words.seconds(value),
            f"#{anchor(name)}" if what == "table" else "",
        )
        for name, value in sorted(shown.items(), key=lambda item: -item[1])
    ]
    return plots.bars(rows, f"{'Cost' if costed else 'Seconds'} by {what}")


def _slowest(runs: Sequence[Run]) -> Markup:
    chosen = sorted(runs, key=lambda run: -run.seconds)[:SLOWEST]
    rows = []
    for run in chosen:
        phases = {name: seconds for name, seconds in run.phases.items() if seconds}
        phases["other"] = max(0.0, run.seconds - sum(phases.values()))
        said = f"{words.seconds(run.seconds)} \N{MIDDLE DOT} {run.at:%d %b %H:%M}"
        rows.append(
            plots.Bar(run.table, {name: phases.get(name, 0.0) for name in PHASES}, said, f"#{anchor(run.table)}")
        )
    return plots.bars(rows, "The slowest steps, seconds by phase", said=170)


def _seconds(runs: Iterable[Run]) -> float:
    return sum(run.seconds for run in runs)
