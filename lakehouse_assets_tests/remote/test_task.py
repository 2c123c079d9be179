"""What travels between the one that asks and the one that runs."""

from __future__ import annotations

import json

import pytest

from lakehouse_assets.errors import ConflictError, DeliveryError, OutsideRangeError
from lakehouse_assets.remote.task import HIDDEN, Task, heard, masked, told


def test_a_security_event_on_a_cluster_is_one_here() -> None:
    assert heard(told(OutsideRangeError("rows of another day"))).security == "write outside range"
    assert heard(told(ValueError("no event"))).security == ""


def test_a_task_arrives_as_it_was_sent() -> None:
    task = Task("make", "gold/x", ("2017-01-01", "2017-01-03"), "abc", "s3://b/lake", "s3://b/in", "run", force=True)
    assert Task.from_json(json.loads(json.dumps(task.as_json()))) == task


@pytest.mark.parametrize("error", [DeliveryError("bad", where="file", remedy="ask"), ConflictError("lost")])
def test_an_error_of_ours_arrives_with_its_words_and_whether_it_is_permanent(error: DeliveryError) -> None:
    arrived = heard(json.loads(json.dumps(told(error))))
    assert (str(arrived), arrived.permanent) == (str(error), error.permanent)


@pytest.mark.parametrize(
    ("error", "permanent"),
    [
        (ValueError("a fault of the code"), True),
        (RuntimeError("Job aborted: ExecutorLostFailure (executor 1 exited: spot instance reclaimed)"), False),
        (RuntimeError("GET https://b/k: 503 Service Unavailable"), False),
        (ConnectionResetError("Connection reset by peer"), False),
        (OSError("[Errno 28] No space left on device"), True),
    ],
)
def test_of_any_other_error_only_what_passes_by_itself_is_tried_again(error: Exception, *, permanent: bool) -> None:
    assert told(error)["permanent"] is permanent


def test_secrets_of_the_environment_are_in_no_text_that_travels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_STORAGE_SAS_TOKEN", "sv=2024&sig=abcdef")
    assert masked("cannot read abfss://c@a/x?sv=2024&sig=abcdef") == f"cannot read abfss://c@a/x?{HIDDEN}"
    assert "abcdef" not in told(ValueError("sv=2024&sig=abcdef"))["what"]
