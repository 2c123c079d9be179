"""What stores say when an object has come, changed or gone: S3's notifications, and Event Grid's of Azure's stores.

Pure: the text of a message comes in, the objects that it names come out. Nothing else of it is believed.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote_plus

if TYPE_CHECKING:
    from lakehouse_assets.declare.table import Table

OF_AZURE = re.compile(r"/blobServices/default/containers/([^/]+)/blobs/(.+)", re.DOTALL)
IN_S3 = re.compile(r"s3://([^/]+)/?(.*)")
IN_ADLS = re.compile(r"abfss://([^@/]+)@[^/]+/?(.*)")


class Named(NamedTuple):
    """An object that a message names: its bucket or container, and its name there."""

    bucket: str
    key: str


class NoEventError(ValueError):
    """A message that no store has sent: why."""


def objects_of(text: str) -> list[Named]:
    """The objects that a message names; none where a store only says that it will send some.

    Raises NoEventError for whatever else.
    """
    said = _parsed(text)
    if isinstance(said, dict) and said.get("Event") == "s3:TestEvent":
        return []
    events = said["Records"] if isinstance(said, dict) and "Records" in said else said
    try:
        found = [_object(event) for event in (events if isinstance(events, list) else [events])]
    except (KeyError, TypeError, AttributeError) as error:
        raise NoEventError("it names no object") from error
    return [one for one in found if one is not None]


def _parsed(text: str) -> Any:
    try:
        with suppress(ValueError):
            return json.loads(text)
        # Whoever puts messages into Azure's queues may encode them.
        return json.loads(base64.b64decode(text, validate=True))
    except (ValueError, RecursionError) as error:
        raise NoEventError("it is no JSON") from error


def _object(event: Mapping[str, Any]) -> Named | None:
    if "s3" in event:
        return Named(str(event["s3"]["bucket"]["name"]), unquote_plus(str(event["s3"]["object"]["key"])))
    # `eventType` in Event Grid's own schema, `type` in that of CloudEvents; `subject` in both.
    kind = str(event.get("eventType") or event["type"])
    if not kind.startswith("Microsoft.Storage."):
        return None
    found = OF_AZURE.fullmatch(str(event["subject"]))
    if found is None:
        raise KeyError("subject")
    return Named(found[1], found[2])


Folders = Mapping[str, Sequence[tuple[str, frozenset[str]]]]


def folders_of(tables: Iterable[Table]) -> Folders:
    """By folder of the landing zone, the tables that are loaded from it, by id, each with its partitions."""
    found: dict[str, list[tuple[str, frozenset[str]]]] = {}
    for table in tables:
        if table.source:
            keys = frozenset(table.calendar.keys() if table.calendar else ("",))
            found.setdefault(table.source.folder, []).append((table.id, keys))
    return found


def partitions_of(named: Iterable[Named], landing: str, folders: Folders) -> set[tuple[str, str]]:
    """The partitions, each with its table's id, in whose folders of the landing zone these objects lie.

    An object that lies elsewhere, deeper, or in a folder that is no partition, is of none.
    """
    place = (IN_S3 if landing.startswith("s3://") else IN_ADLS).fullmatch(landing)
    if place is None:
        return set()
    bucket, folder = place[1], f"{place[2].strip('/')}/" if place[2].strip("/") else ""
    found = set()
    for one in named:
        source, *rest = one.key.removeprefix(folder).split("/")
        if one.bucket == bucket and one.key.startswith(folder) and rest:
            slot = "/".join(rest[:-1])
            found |= {(id_, slot) for id_, keys in folders.get(source, ()) if slot in keys}
    return found
