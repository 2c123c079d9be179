"""What the messages of stores name: S3's, Event Grid's in both of its schemas, and what is neither."""

from __future__ import annotations

import base64
import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lakehouse_assets.catalog import table as find_table
from sensors.events import Named, NoEventError, folders_of, objects_of, partitions_of

FOLDERS = folders_of([find_table("bronze/transactions"), find_table("bronze/coupons")])
DAY = "2017-01-01"
DEEP = "[" * 100_000


def s3(*keys: str, bucket: str = "land", event: str = "ObjectCreated:Put") -> str:
    """As S3 sends it, without what nobody reads."""
    records = [{"eventName": event, "s3": {"bucket": {"name": bucket}, "object": {"key": key}}} for key in keys]
    return json.dumps({"Records": records})


def grid(subject: str, kind: str = "Microsoft.Storage.BlobCreated") -> dict[str, Any]:
    """An event in Event Grid's own schema."""
    return {
        "topic": "/subscriptions/1/resourceGroups/r/providers/Microsoft.Storage/storageAccounts/account",
        "subject": subject,
        "eventType": kind,
        "id": "831e1650-001e-001b-66ab-eeb76e069631",
        "data": {"api": "PutBlockList", "contentType": "text/csv", "contentLength": 524288, "blobType": "BlockBlob"},
        "dataVersion": "",
        "metadataVersion": "1",
        "eventTime": "2026-06-26T18:41:00.9584103Z",
    }


SUBJECT = f"/blobServices/default/containers/land/blobs/in/transactions/{DAY}/a b.csv"
IN_AZURE = [Named("land", f"in/transactions/{DAY}/a b.csv")]


def test_the_objects_of_s3_are_named_as_they_are_though_they_come_escaped() -> None:
    assert objects_of(s3("in%2Fl%C3%A4den%2Fa+b%2B.csv", "c.csv")) == [
        Named("land", "in/läden/a b+.csv"),
        Named("land", "c.csv"),
    ]
    assert objects_of(s3("a.csv", event="ObjectRemoved:Delete")) == [Named("land", "a.csv")]


def test_what_s3_says_when_it_is_told_to_send_messages_names_nothing() -> None:
    assert objects_of('{"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "land"}') == []


def test_the_objects_of_azure_are_named_in_every_way_in_which_event_grid_puts_it() -> None:
    event = grid(SUBJECT)
    cloud_event = {"specversion": "1.0", "type": event["eventType"], "subject": SUBJECT, "data": event["data"]}
    for said in (event, [event], cloud_event):
        assert objects_of(json.dumps(said)) == IN_AZURE
        assert objects_of(base64.b64encode(json.dumps(said).encode()).decode()) == IN_AZURE
    assert objects_of(json.dumps(grid(SUBJECT, "Microsoft.Storage.BlobDeleted"))) == IN_AZURE
    assert objects_of(json.dumps(grid("", "Microsoft.EventGrid.SubscriptionValidationEvent"))) == []


NONE = (
    *("", "no", "7", "null", "[7]", '"s3"', "{}", DEEP, '{"Records": 3}', '{"Records": [{"s3": {}}]}'),
    *('{"Records": [{"s3": "s3"}]}', json.dumps(grid("/elsewhere")), '{"type": "Microsoft.Storage.BlobCreated"}'),
)


@pytest.mark.parametrize("text", NONE, ids=lambda text: text[:30])
def test_whatever_no_store_has_sent_is_told_apart(text: str) -> None:
    with pytest.raises(NoEventError):
        objects_of(text)


ANY = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["Records", "s3", "object", "type", "x"]), inner),
    max_leaves=8,
)


@settings(max_examples=60)
@given(st.text() | ANY.map(json.dumps))
def test_a_message_of_any_kind_is_either_events_or_none_and_nothing_else_happens(text: str) -> None:
    with suppress(NoEventError):
        assert all(isinstance(one, Named) for one in objects_of(text))


@pytest.mark.parametrize(
    ("key", "found"),
    [
        (f"in/transactions/{DAY}/a.csv", {("bronze/transactions", DAY)}),
        ("in/coupons/a.csv", {("bronze/coupons", "")}),
        ("in/transactions/latest/a.csv", set()),
        ("in/transactions/../coupons/a.csv", set()),
        (f"in/transactions/{DAY}/deeper/a.csv", set()),
        ("in/transactions/a.csv", set()),
        ("in/coupons", set()),
        ("in/nobody/a.csv", set()),
        ("in", set()),
        (f"inside/transactions/{DAY}/a.csv", set()),
        (f"transactions/{DAY}/a.csv", set()),
    ],
)
@pytest.mark.parametrize("landing", ["s3://land/in", "abfss://land@account.dfs.core.windows.net/in"])
def test_an_object_is_of_the_partition_whose_folder_it_lies_in(
    landing: str, key: str, found: set[tuple[str, str]]
) -> None:
    assert partitions_of([Named("land", key)], landing, FOLDERS) == found
    assert partitions_of([Named("other", key)], landing, FOLDERS) == set()


def test_a_landing_zone_may_be_a_whole_bucket() -> None:
    named = [Named("land", f"transactions/{DAY}/a.csv")]
    for landing in ("s3://land", "abfss://land@account.dfs.core.windows.net"):
        assert partitions_of(named, landing, FOLDERS) == {("bronze/transactions", DAY)}
