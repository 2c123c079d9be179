"""Failures as libraries and stores word them, told apart: what may be tried again, and what may not."""

from __future__ import annotations

import pytest

from lakehouse_assets.errors import StorageError, UnavailableError
from lakehouse_assets.storage import is_refusal, is_transient, storage_error_of, storage_errors

# Each as it was said, by obstore, delta-rs, an engine, boto3, azure-storage-blob or the operating system.
FOR_NOW = [
    (
        "Generic S3 error: Error performing list request: Error performing GET http://127.0.0.1:9/lake?list-type=2 in "
        "286.586079ms, after 2 retries, max_retries: 2, retry_timeout: 10s  - HTTP error: error sending request"
    ),
    (
        "Generic MicrosoftAzure error: Error performing PUT http://x/y in 3s, after 8 retries, max_retries: 8, "
        "retry_timeout: 60s - Server returned error status code: 503 Slow Down: <Error><Code>SlowDown</Code></Error>"
    ),
    (
        "Kernel error -> Generic S3 error\n  Error performing GET http://x - Server returned non-2xx status code\n"
        "   500 Internal Server Error"
    ),
    "Generic S3 error: HTTP error: request or response body error",
    "An error occurred (SlowDown) when calling the ListObjectsV2 operation: Reduce your request rate.",
    'Could not connect to the endpoint URL: "http://127.0.0.1:9/lake?list-type=2"',
]
FOR_GOOD = {
    "Generic S3 error: Error performing GET http://x/nosuch?list-type=2 in 1ms, retry_timeout: 10s - Server returned "
    "non-2xx status code: 404 Not Found: <Error><Code>NoSuchBucket</Code></Error>": "no such bucket",
    "Error performing PUT http://x/y in 1ms - Server returned non-2xx status code: 403 Forbidden: "
    "<Error><Code>AccessDenied</Code></Error>": "permission denied",
    "Error performing GET REDACTED in 1ms - 403 Forbidden: <Code>AuthorizationFailure</Code>": "not accept",
    "Error performing GET http://x in 1ms - Server returned non-2xx status code: 301 Moved Permanently: "
    "<Code>PermanentRedirect</Code>": "another region",
    "Object at location a/b not found: Error performing HEAD http://x/a/b in 1ms, retry_timeout: 10s - 404 Not Found": (
        "a file is not there"
    ),
    "An error occurred (AccessDenied) when calling the ListObjectsV2 operation: Access Denied": "permission denied",
    "The specified container does not exist.\nErrorCode:ContainerNotFound": "no such bucket or container",
    "(java.nio.file.AccessDeniedException) s3://lake/t/_delta_log: "
    "org.apache.hadoop.fs.s3a.auth.NoAuthWithAWSException: No AWS Credentials": "the cluster has no credentials",
    "IO error: No space left on device (os error 28)": "the disk is full",
}


@pytest.mark.parametrize("text", FOR_NOW)
def test_what_passes_by_itself_is_worth_a_retry(text: str) -> None:
    error = storage_error_of(RuntimeError(text), "s3://lake/t")
    assert isinstance(error, UnavailableError)
    assert not error.permanent
    assert is_transient(RuntimeError(text))


@pytest.mark.parametrize(("text", "said"), FOR_GOOD.items())
def test_what_stays_is_not_tried_again(text: str, said: str) -> None:
    error = storage_error_of(RuntimeError(text), "s3://lake/t")
    assert isinstance(error, StorageError)
    assert error.permanent
    assert said in str(error)
    assert not is_transient(RuntimeError(text))


def test_a_store_that_lets_nobody_in_is_a_security_event_and_nothing_else_is_one() -> None:
    refusals = {text for text, said in FOR_GOOD.items() if said in ("permission denied", "not accept")}
    events = {text: storage_error_of(RuntimeError(text), "t").security for text in [*FOR_GOOD, *FOR_NOW]}
    assert {text for text, event in events.items() if event == "credential refused"} == refusals
    assert {event for text, event in events.items() if text not in refusals} == {""}


def test_what_is_not_about_storage_passes_unchanged() -> None:
    for text in ("division by zero", "the column timeout is unknown", "Failed to commit transaction: 15"):
        assert storage_error_of(RuntimeError(text), "t") is None
        assert not is_refusal(RuntimeError(text))
        with pytest.raises(RuntimeError, match=text), storage_errors("t"):
            raise RuntimeError(text)


def test_a_cause_that_holds_a_secret_is_left_out_and_any_other_is_kept() -> None:
    with pytest.raises(StorageError) as raised, storage_errors("t"):
        raise OSError("Generic S3 error: http://x?X-Amz-Signature=abc")
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__
    assert "abc" not in str(raised.value)
    with pytest.raises(StorageError) as raised, storage_errors("t"):
        raise OSError(28, "No space left on device")
    assert isinstance(raised.value.__cause__, OSError)


def test_a_step_of_dagster_tries_again_what_passes_by_itself_and_nothing_else() -> None:
    from resources.telling import _failure

    def tried_again(error: Exception) -> bool:
        return bool(_failure(error, storage_error_of(error, "bronze/campaigns")).allow_retries)

    assert tried_again(RuntimeError(FOR_NOW[0]))
    assert not tried_again(RuntimeError(next(iter(FOR_GOOD))))
    assert not tried_again(ZeroDivisionError())
