"""OpenLineage events of real runs, as a real HTTP receiver gets them."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import dagster as dg
import pytest

from lakehouse_assets.demo.land import land
from lakehouse_assets.settings import Settings
from resources import lineage


class Receiver(ThreadingHTTPServer):
    """Keeps what is posted to it; answers after `slow` seconds."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.events: list[dict[str, Any]] = []
        self.slow = 0.0

    def of(self, job: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["job"]["name"] == job]


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        time.sleep(self.server.slow)
        self.server.events.append(json.loads(body))
        self.send_response(201)
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def told(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> Receiver:
    """The receiver, to which the client's own variable points; a run waits for it, however slow this machine is."""
    monkeypatch.setenv("OPENLINEAGE_URL", f"http://127.0.0.1:{receiver.server_port}")
    monkeypatch.setattr(lineage, "SECONDS", 60)
    return receiver


def run(*keys: str) -> Any:
    from lakehouse_assets.definitions import defs

    with dg.DagsterInstance.ephemeral() as instance:
        return defs.resolve_implicit_global_asset_job_def().execute_in_process(
            instance=instance,
            run_config={"loggers": {"console": {}}},
            asset_selection=[dg.AssetKey(key.split("/")) for key in keys],
            raise_on_error=False,
        )


def test_a_run_tells_what_it_reads_and_writes_with_columns_owners_counts_and_verdicts(
    told: Receiver, lake: Settings, engine: object
) -> None:
    list(land(lake.landing, first="2017-01-01", last="2017-01-01"))
    result = run("bronze/products", "silver/products")
    assert result.success
    assert [event["eventType"] for event in told.of("silver/products")] == ["START", "COMPLETE"]
    start, complete = told.of("silver/products")
    assert start["run"]["runId"] == complete["run"]["runId"] != told.of("bronze/products")[0]["run"]["runId"]
    assert complete["run"]["facets"]["parent"]["run"]["runId"] == result.run_id
    assert [(d["namespace"], d["name"]) for d in complete["inputs"]] == [("file", f"{lake.root}/bronze/products")]
    (output,) = complete["outputs"]
    assert (output["namespace"], output["name"]) == ("file", f"{lake.root}/silver/products")
    columns = {field["name"]: field["type"] for field in output["facets"]["schema"]["fields"]}
    assert columns["product_id"] == "bigint"
    (source,) = output["facets"]["columnLineage"]["fields"]["product_id"]["inputFields"]
    assert (source["name"], source["field"]) == (f"{lake.root}/bronze/products", "product_id")
    assert output["facets"]["ownership"]["owners"] == [{"name": "team:sales"}]
    assert output["facets"]["version"]["datasetVersion"] == "0"
    assert output["outputFacets"]["outputStatistics"]["rowCount"] == 92_331
    verdicts = {v["assertion"]: v["success"] for v in output["facets"]["dataQualityAssertions"]["assertions"]}
    assert verdicts["product_id__not_null"] is True
    (landing,) = told.of("bronze/products")[0]["inputs"]
    assert landing["name"] == f"{lake.landing}/products"


def test_a_run_that_fails_tells_that_and_none_of_its_words(told: Receiver, lake: Settings) -> None:
    assert not run("bronze/products").success  # nothing was delivered
    assert [event["eventType"] for event in told.of("bronze/products")] == ["START", "FAIL"]
    assert "nothing was delivered" not in json.dumps(told.events)


def test_without_the_variable_nothing_is_told(receiver: Receiver, lake: Settings) -> None:
    assert not lineage.is_on()
    assert not run("bronze/products").success
    assert receiver.events == []


def test_who_disables_the_client_disables_it_here(told: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    assert lineage.is_on()
    monkeypatch.setenv("OPENLINEAGE_DISABLED", "true")
    assert not lineage.is_on()


def test_a_receiver_that_does_not_answer_holds_a_run_up_for_a_moment_and_is_named_in_a_warning(
    told: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    told.slow = 60
    monkeypatch.setattr(lineage, "SECONDS", 0.3)
    warnings: list[str] = []
    sender, started = lineage.Sender(warnings.append), time.monotonic()
    sender.send(_event)
    sender.finish()
    assert time.monotonic() - started < 5
    assert warnings == ["lineage was not told: 1 of 1 events failed (no answer in time)"]


def test_what_cannot_be_sent_is_a_warning_without_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENLINEAGE__TRANSPORT__TYPE", "no-such-transport-with-a-key")
    warnings: list[str] = []
    sender = lineage.Sender(warnings.append)
    sender.send(_event)
    sender.finish()
    (said,) = warnings
    assert said.startswith("lineage was not told: 1 of 1 events failed (")
    assert "with-a-key" not in said


def _event() -> Any:
    from openlineage.client.event_v2 import Job, Run, RunEvent, RunState

    return RunEvent(
        eventType=RunState.START,
        eventTime="2026-01-01T00:00:00+00:00",
        run=Run(runId="11111111-1111-4111-8111-111111111111"),
        job=Job(namespace="n", name="j"),
        producer="urn:lakehouse-assets",
    )


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("s3://bucket/lake/gold/t", ("s3://bucket", "lake/gold/t")),
        ("abfss://c@a.dfs.core.windows.net/lake/t", ("abfss://c@a.dfs.core.windows.net", "lake/t")),
        ("/srv/lake/t", ("file", "/srv/lake/t")),
        ("file:///srv/lake/t", ("file", "/srv/lake/t")),
    ],
)
def test_places_are_spelled_as_openlineage_spells_them(url: str, named: tuple[str, str]) -> None:
    assert lineage.dataset_name(url) == named
