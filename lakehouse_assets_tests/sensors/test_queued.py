"""Arrivals by messages, against a real Dagster instance: S3 and SQS by a server that imitates AWS, and sends its
messages itself; ADLS and Storage Queues by Azurite, with Event Grid's messages put in by the test."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import dagster as dg
import pytest

from lakehouse_assets.catalog import tables
from lakehouse_assets.errors import SettingsError, StorageError
from lakehouse_assets.settings import Settings
from lakehouse_assets_tests.sensors.daemon import daemon
from lakehouse_assets_tests.sensors.test_arrivals import FIRST, HEADER, LINE, SECOND, THIRD, Sensor, held
from lakehouse_assets_tests.sensors.test_events import grid
from lakehouse_assets_tests.stores import outside
from lakehouse_assets_tests.stores.sqs import Aws, aws_server
from lakehouse_assets_tests.stores.storage_queue import queue_server, service
from resources.queues import queue_of, storage_queue
from sensors import queued
from sensors.arriving import arriving
from sensors.looking import WATCHED
from sensors.queued import queue_sensor

if TYPE_CHECKING:
    from lakehouse_assets_tests.stores.store import Store

GOOD = f"{HEADER}\n{LINE}\n"
HIDDEN = 1.2  # seconds after which a message is there again; it is hidden for one


@dataclass
class Told:
    """A landing zone whose store tells a queue of what arrives."""

    lake: Settings
    post: Callable[[str], None]  # a message of any text
    waiting: Callable[[], int]  # messages in the queue, hidden ones included
    tell: Callable[[str], None]  # what the store does not say by itself of an object, by its name

    def deliver(self, name: str, text: str = GOOD) -> None:
        outside.write(f"{self.lake.landing}/{name}", text.encode())
        self.tell(name)


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    with aws_server(tmp_path_factory.mktemp("aws")) as server:
        yield server


@pytest.fixture(scope="module")
def queues(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with queue_server(tmp_path_factory.mktemp("queues")) as url:
        yield url


@pytest.fixture
def in_aws(aws: Aws, lake: Settings, monkeypatch: pytest.MonkeyPatch) -> Told:
    for name, value in aws.environment.items():
        monkeypatch.setenv(name, value)
    bucket, sqs = f"land-{uuid.uuid4().hex[:8]}", aws.client("sqs")
    queue = aws.bucket_with_queue(bucket)
    monkeypatch.setenv("LAKEHOUSE_LANDING", f"s3://{bucket}/in")
    monkeypatch.setenv("LAKEHOUSE_QUEUE", queue)
    counts = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]

    def waiting() -> int:
        found = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=counts)["Attributes"]
        return sum(int(found[name]) for name in counts)

    def post(text: str) -> None:
        sqs.send_message(QueueUrl=queue, MessageBody=text)

    return Told(Settings.from_environment(), post, waiting, tell=lambda name: None)


@pytest.fixture
def in_azure(adls: Store, queues: str, lake: Settings, monkeypatch: pytest.MonkeyPatch) -> Told:
    for name, value in adls.environment.items():
        monkeypatch.setenv(name, value)
    name, folder = f"arrivals-{uuid.uuid4().hex[:8]}", uuid.uuid4().hex[:8]
    queue = service(queues).create_queue(name)
    monkeypatch.setenv("LAKEHOUSE_LANDING", f"{adls.url}/{folder}/in")
    monkeypatch.setenv("LAKEHOUSE_QUEUE", f"{queues}/{name}")

    def tell(name: str) -> None:
        queue.send_message(json.dumps(grid(f"/blobServices/default/containers/lake/blobs/{folder}/in/{name}")))

    def waiting() -> int:
        return queue.get_queue_properties().approximate_message_count

    return Told(Settings.from_environment(), queue.send_message, waiting, tell)


@pytest.fixture(params=["aws", "azure"])
def told(request: pytest.FixtureRequest, lake: Settings, monkeypatch: pytest.MonkeyPatch) -> Told:
    # Before there is a queue: it is the module of every later test of this process.
    import lakehouse_assets.definitions  # noqa: F401

    monkeypatch.setattr("resources.queues.sqs.HIDDEN_SECONDS", 1)
    monkeypatch.setattr("resources.queues.storage_queue.HIDDEN_SECONDS", 1)
    monkeypatch.setattr("sensors.looking.SETTLED", timedelta(0))
    return request.getfixturevalue(f"in_{request.param}")


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


in_one_cloud = pytest.mark.parametrize("told", ["aws"], indirect=True)  # what is the same for each


class ByMessages(Sensor):
    """The sensor of a deployment that has a queue."""

    def __init__(self, instance: dg.DagsterInstance) -> None:
        super().__init__(instance)
        self.sensor = queue_sensor(tables().values())

    def look_later(self) -> Any:
        """A look when messages that were received are there again."""
        time.sleep(HIDDEN)
        return self.look()


def test_what_arrives_is_loaded_and_its_message_stays_until_the_table_holds_it(
    told: Told, instance: dg.DagsterInstance
) -> None:
    sensor = ByMessages(instance)
    sensor.look()  # what a store says when it is told to send messages
    for name in ("a b.csv", "läden.csv"):
        told.deliver(f"transactions/{FIRST}/{name}")
    told.deliver(f"transactions/{SECOND}/a.csv")
    (request,) = sensor.look().run_requests
    assert told.waiting() == 2, "one of each day: what is asked for may not come to be"
    sensor.cursor = None
    (again,) = sensor.look_later().run_requests
    assert again.tags == request.tags, "whoever asked died before there was a run"
    sensor.launched(again)
    assert sensor.look_later().run_requests == []
    assert told.waiting() == 2, "a run that was launched may fail"
    instance.delete_run(instance.get_runs()[0].run_id)
    assert sensor.run(again)
    assert held(told.lake) == {FIRST: 2, SECOND: 1}
    assert sensor.look_later().run_requests == []
    assert told.waiting() == 0


@in_one_cloud
def test_dagsters_daemon_makes_the_runs_and_then_the_queue_is_empty(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    told.deliver(f"transactions/{FIRST}/a.csv")
    told.deliver("coupons/a.csv", "coupon_upc,product_id,campaign_id\n1,2,3\n")
    with daemon(monkeypatch, "arrivals_by_messages", code="lakehouse_assets_tests.sensors.with_queue") as dagster:
        for _ in range(3):
            dagster.turn()
            time.sleep(HIDDEN)
        assert dagster.runs() == ["SUCCESS", "SUCCESS"]
    assert (held(told.lake), told.waiting()) == ({FIRST: 1}, 0)


def test_messages_that_come_twice_late_or_for_what_is_gone_start_nothing(
    told: Told, instance: dg.DagsterInstance
) -> None:
    sensor = ByMessages(instance)
    for day in (FIRST, THIRD):
        told.deliver(f"transactions/{day}/a.csv")
    assert sensor.look_and_run() == [(FIRST, FIRST), (THIRD, THIRD)]
    told.deliver(f"transactions/{FIRST}/a.csv")  # the same again
    told.deliver(f"transactions/{SECOND}/a.csv")
    outside.delete(f"{told.lake.landing}/transactions/{SECOND}/a.csv")
    told.tell(f"transactions/{SECOND}/a.csv")
    assert sensor.look_later().run_requests == []
    assert told.waiting() == 0
    assert held(told.lake) == {FIRST: 1, THIRD: 1}


@in_one_cloud
def test_a_message_that_is_lost_is_made_up_for_by_the_listing_and_one_that_comes_after_it_starts_nothing(
    told: Told, instance: dg.DagsterInstance
) -> None:
    sensor, listing = ByMessages(instance), Sensor(instance)
    outside.write(f"{told.lake.landing}/transactions/{FIRST}/a.csv", GOOD.encode())
    queue = queue_of(told.lake)
    queue.delete(queue.receive(10))
    assert sensor.look().run_requests == []
    assert listing.look_and_run() == [(FIRST, FIRST)]
    told.deliver(f"transactions/{SECOND}/a.csv")
    (asked,) = listing.look().run_requests
    listing.launched(asked)
    assert sensor.look().run_requests == []


def test_poisoned_messages_are_named_and_deleted_and_hold_up_nobody(
    told: Told, instance: dg.DagsterInstance, capsys: pytest.CaptureFixture[str]
) -> None:
    poison = ["no json", "{}", '{"Records": [{"s3": {"bucket": 1}}]}', "[" * 20_000]
    for text in poison:
        told.post(text)
    told.deliver(f"transactions/{FIRST}/a.csv")
    told.deliver("transactions/latest/a.csv")
    told.deliver("nobodys/a.csv")
    sensor = ByMessages(instance)
    assert sensor.look_and_run() == [(FIRST, FIRST)]
    assert told.waiting() == 1
    assert capsys.readouterr().err.count("is of no store, and was deleted") == len(poison)
    sensor.look_later()
    assert told.waiting() == 0


@in_one_cloud
def test_a_file_that_cannot_be_loaded_is_given_up_with_its_message(told: Told, instance: dg.DagsterInstance) -> None:
    sensor = ByMessages(instance)
    told.deliver(f"transactions/{FIRST}/a.csv", "PAR1 is no text")
    assert sensor.look_and_run() == [(FIRST, FIRST)]
    assert sensor.look_later().run_requests == []
    assert (told.waiting(), held(told.lake)) == (0, {})


@in_one_cloud
def test_an_upload_is_left_alone_until_it_has_come_to_rest_without_another_message(
    told: Told, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    sensor = ByMessages(instance)
    monkeypatch.setattr("sensors.looking.SETTLED", timedelta(days=1))
    told.deliver(f"transactions/{FIRST}/a.csv")
    assert sensor.wanted() == []
    monkeypatch.setattr("sensors.looking.SETTLED", timedelta(0))
    assert sensor.wanted() == [(FIRST, FIRST)], "its message is still hidden"


@pytest.mark.parametrize(
    ("name", "kept"), [("transactions", WATCHED), ("x" * 255, WATCHED // 4), ("é" * 255, WATCHED // 16)]
)
def test_the_cursor_keeps_the_longest_watched_uploads_and_never_more_than_64_kib(name: str, kept: int) -> None:
    days = [(date(2017, 1, 1) + timedelta(days=n)).isoformat() for n in range(2 * WATCHED)]
    restless = {(f"bronze/{name}", day): ("0123456789", 1.8e9 - n + 0.123456) for n, day in enumerate(days)}
    cursor = queued._cursor(restless)
    assert len(cursor.encode()) <= 64 * 1024
    assert [slot for _, slot in queued._read(cursor)] == days[: -kept - 1 : -1]


def test_a_queue_that_is_not_there_or_does_not_answer_is_one_clear_line(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(storage_queue.PATIENCE, "retry_total", 0)
    with pytest.raises(StorageError, match="there is no such queue") as missing:
        queue_of(replace(told.lake, queue=f"{told.lake.queue}-of-nobody")).receive(1)
    assert missing.value.permanent
    gone = replace(told.lake, queue="http://127.0.0.1:1/account/arrivals")
    with pytest.raises(StorageError, match="does not answer") as away:
        queue_of(gone).receive(1)
    assert not away.value.permanent


def test_with_a_queue_the_landing_zone_is_listed_seldom_and_without_often(lake: Settings) -> None:
    often, seldom = (
        {one.name: one.minimum_interval_seconds for one in arriving(tables().values(), settings)}
        for settings in (lake, replace(lake, queue="https://sqs.eu-central-1.amazonaws.com/1/arrivals"))
    )
    assert often["arrivals_transactions"] == 30
    assert "arrivals_by_messages" not in often
    assert (seldom["arrivals_by_messages"], seldom["arrivals_transactions"]) == (10, 900)


@pytest.mark.parametrize(
    ("queue", "landing", "said"),
    [
        ("https://account.queue.core.windows.net/arrivals?sig=secret", "s3://land", "is not the URL of a queue"),
        ("sqs://arrivals", "s3://land", "is not the URL of a queue"),
        ("https://sqs.eu-central-1.amazonaws.com/1/arrivals", "", "sends no messages"),
    ],
)
def test_a_queue_that_cannot_be_one_is_refused_and_not_repeated(
    lake: Settings, monkeypatch: pytest.MonkeyPatch, queue: str, landing: str, said: str
) -> None:
    monkeypatch.setenv("LAKEHOUSE_QUEUE", queue)
    monkeypatch.setenv("LAKEHOUSE_LANDING", landing)
    with pytest.raises(SettingsError, match=said) as refused:
        Settings.from_environment()
    assert "secret" not in str(refused.value)
