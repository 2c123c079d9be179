"""What happened after an event can be asked of every storage, Dagster's default one included."""

from collections.abc import Iterator

import dagster as dg
import pytest

from resources.dagster_storage import numbered_events

EVALUATION, MADE = dg.DagsterEventType.ASSET_CHECK_EVALUATION, dg.DagsterEventType.ASSET_MATERIALIZATION


@dg.asset(check_specs=[dg.AssetCheckSpec("positive", asset="sales")])
def sales() -> Iterator[dg.MaterializeResult]:
    yield dg.MaterializeResult(check_results=[dg.AssetCheckResult(check_name="positive", passed=True)])


@pytest.fixture(params=["instance", "default_instance"])
def either(request: pytest.FixtureRequest) -> dg.DagsterInstance:
    """Our storage, and Dagster's."""
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize("kind", [EVALUATION, MADE])
def test_events_of_later_runs_come_after_those_of_earlier_ones(
    either: dg.DagsterInstance, kind: dg.DagsterEventType
) -> None:
    runs = [dg.materialize([sales], instance=either).run_id for _ in range(3)]
    found = numbered_events(either, dg.EventRecordsFilter(kind))
    assert [record.run_id for record in found] == runs
    after = numbered_events(either, dg.EventRecordsFilter(kind, after_cursor=found[0].storage_id))
    assert [record.run_id for record in after] == runs[1:]
    (first,) = numbered_events(either, dg.EventRecordsFilter(kind, after_cursor=found[0].storage_id), limit=1)
    assert first == found[1]
    assert numbered_events(either, dg.EventRecordsFilter(kind, storage_ids=[found[2].storage_id])) == [found[2]]
