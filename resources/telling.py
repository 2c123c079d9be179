"""How a step says that it failed: in one paragraph, with a retry where that may help, and by tags of its run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from lakehouse_assets.errors import CredentialError, LakehouseError
from lakehouse_assets.storage import storage_error_of, without_secrets

# Tags of a failed run, each with its id: one that is executed again begins with the tags of the first.
PERMANENT = "lakehouse/permanent"  # trying again cannot help
SECURITY = "lakehouse/security"  # it failed by a security event: which
BY = " in "

# For what may pass by itself, such as a conflict with another writer. Steps ask for their retries themselves.
RETRIES = dg.RetryPolicy(max_retries=3, delay=1, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.FULL)


def failed_for_good(run: dg.DagsterRun) -> bool:
    """Whether a failed run would fail again, as long as what it is made from and its code stay.

    One that a store did not let in ended at once, without retries, and is still none of those: what it was to make is
    as it was when the key is right again.
    """
    return run.tags.get(PERMANENT) == run.run_id and security_event_of(run) != CredentialError.security


def security_event_of(run: dg.DagsterRun) -> str:
    """The kind of security event that a run failed by; "" for any other."""
    kind, _, run_id = run.tags.get(SECURITY, "").rpartition(BY)
    return kind if run_id == run.run_id else ""


@contextmanager
def retried(name: str, instance: dg.DagsterInstance, run_id: str, tried: int) -> Iterator[None]:
    """Tell failures as below, and ask for a retry where that may help; `tried` counts those that there were.

    Were that left to a policy of the asset, Dagster would also retry a step that was interrupted: a run that
    somebody terminated would go on.
    """
    try:
        with told_failures(name, instance, run_id):
            yield
    except dg.Failure as failure:
        if not failure.allow_retries:
            raise
        seconds = RETRIES.calculate_delay(tried + 1)
        raise dg.RetryRequested(max_retries=RETRIES.max_retries, seconds_to_wait=seconds) from failure


@contextmanager
def told_failures(name: str, instance: dg.DagsterInstance, run_id: str) -> Iterator[None]:
    """Turn what fails about a table into a dg.Failure of one paragraph, which says whether the step is tried again.

    A run that failed for good is tagged so, and one that failed by a security event with that: who starts runs by
    itself, and who tells people of them, must know.
    """
    try:
        yield
    except dg.DagsterError:
        raise
    except Exception as error:
        known = error if isinstance(error, LakehouseError) else storage_error_of(error, name)
        failure = _failure(error, known)
        tags = {} if failure.allow_retries else {PERMANENT: run_id}
        if known is not None and known.security:
            tags[SECURITY] = f"{known.security}{BY}{run_id}"
        if tags:
            instance.add_run_tags(run_id, tags)
        if failure is error:
            raise
        secret = without_secrets(str(error)) != str(error)
        raise failure from (None if secret else error)


def _failure(error: Exception, known: LakehouseError | None) -> dg.Failure:
    """What a step says of an error, `known` as one of ours; what passes by itself is worth a retry."""
    if isinstance(error, dg.Failure):
        return error
    if known is not None:
        return dg.Failure(description=str(known), allow_retries=not known.permanent)
    return dg.Failure(description=without_secrets(f"{type(error).__name__}: {error}"), allow_retries=False)
