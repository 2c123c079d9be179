"""An outcome says the same on both sides of a process."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakehouse_assets.catalog import table as find_table
from lakehouse_assets.declare.targets import range_of
from lakehouse_assets.demo.land import land
from lakehouse_assets.making import make
from lakehouse_assets.outcome import Outcome, outcome_of
from lakehouse_assets.publish.effort import Effort
from lakehouse_assets.publish.findings import Finding
from lakehouse_assets.publish.judgement import Tally

if TYPE_CHECKING:
    from lakehouse_assets.settings import Settings

DAY = "2017-01-01"
SALES = find_table("silver/transactions")
RULES = [rule.id for rule in SALES.rules.rules]
counts = st.integers(0, 10**12)
tallies = st.builds(Tally, counts, counts, counts, st.dictionaries(st.sampled_from(RULES), counts, max_size=4))
findings = st.builds(
    Finding,
    st.sampled_from(["volume", "sums"]),
    st.just(DAY),
    st.booleans(),
    st.text(),
    st.dictionaries(st.text(), st.one_of(counts, st.floats(allow_nan=False), st.text()), max_size=3),
    st.booleans(),
)


def travelled(outcome: Outcome) -> Outcome:
    return Outcome.from_json(outcome.table, outcome.range, json.loads(json.dumps(outcome.as_json())))


@given(tally=tallies, found=st.lists(findings, max_size=3), judged=st.booleans(), gone=st.lists(st.text(), max_size=2))
def test_all_that_is_told_arrives(tally: Tally, found: list[Finding], judged: bool, gone: list[str]) -> None:
    outcome = Outcome(
        table=SALES,
        range=range_of(SALES, [DAY]),
        tallies={DAY: tally},
        findings=tuple(found),
        judged=(DAY,) if judged else None,
        refusals=("too many",),
        unchanged=1,
        quarantined_before=frozenset({DAY}),
        gone=tuple(gone),
        version=None,
        effort=Effort(look=0.5, read=0.25, judge=1.5, bytes_scanned=7),
    )
    assert travelled(outcome) == outcome


@pytest.mark.parametrize("again", [False, True])
def test_a_publication_arrives_with_its_counts(lake: Settings, *, again: bool) -> None:
    list(land(lake.landing, first=DAY, last=DAY))
    bronze = find_table("bronze/transactions")

    def one() -> Any:
        return make(bronze, lake, lambda: pytest.fail("loading needs no engine"), [DAY])

    made, publication = (one(), one())[1] if again else one()
    outcome = outcome_of(made).published(publication)
    assert travelled(outcome) == outcome
    assert (outcome.publication is None) is again
