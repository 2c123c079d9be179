"""Which partitions to offer as runs: those whose files are news, together where they lie together.

Pure: what waits and what was tried come in, what to run comes out. Nothing is remembered here, so nothing can be
forgotten: whatever is still due is there again at the next look.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import takewhile


@dataclass(frozen=True)
class Limits:
    """How much one look offers, and how often it tries again.

    A run takes at most `partitions` of an unbroken stretch; a look starts at most `runs`. What failed for a reason
    that may pass is tried again `first_wait` after it ended, then after twice as long each time, `tries` in all.
    Files in which a run found nothing new, though they look changed, are believed for as long as `believed`.
    """

    runs: int = 10
    partitions: int = 400
    tries: int = 5
    first_wait: timedelta = timedelta(minutes=1)
    believed: timedelta = timedelta(hours=6)


@dataclass(frozen=True)
class Attempt:
    """An earlier run for arrivals: its partitions, each with the state of its files then, and how it went.

    `ended` is None while it is under way. `permanent` says that trying again with the same files cannot help.
    """

    states: Mapping[str, str]
    ended: datetime | None = None
    succeeded: bool = False
    permanent: bool = False


@dataclass(frozen=True)
class Offer:
    """Partitions to be run together, each with the state of its files; how many times this was tried before.

    One that is to go `alone` was in a run that failed for good, with others that may be to blame.
    """

    states: Mapping[str, str]
    tried: int = 0
    alone: bool = False

    @property
    def slots(self) -> tuple[str, ...]:
        """The partitions, in order."""
        return tuple(self.states)


@dataclass(frozen=True)
class Offers:
    """What to run now; which more partitions are `waiting` for a later look; which were given up, and why."""

    now: tuple[Offer, ...]
    waiting: tuple[str, ...] = ()
    given_up: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Standing:
    """What earlier attempts say of one partition in its present state."""

    busy: bool = False  # a run is at it, or the next try is not due
    done: bool = False  # a run has just succeeded with these very files: it found nothing to change
    tried: int = 0  # attempts that failed for a reason that may pass
    alone: bool = False  # a run of it and others failed for good: which of them is to blame will show
    given_up: str = ""

    @property
    def open(self) -> bool:
        """Whether it is offered now."""
        return not (self.busy or self.done or self.given_up)


def state_of(number: int) -> str:
    """A fingerprint of 63 bits as a state, in ten characters: tags and cursors hold many."""
    return f"{number:016x}"[:10]


def offers(
    due: Mapping[str, str],
    order: Sequence[str],
    attempts: Iterable[Attempt],
    now: datetime,
    limits: Limits | None = None,
) -> Offers:
    """What to run of the partitions that are `due`, each with the state of its files, in the table's `order`.

    `attempts` are the earlier ones, the newest first: clocks are set back, so the times at which they ended do not
    say which was before which.

    Partitions that follow one another go together. Those of a run that failed for good are then offered each by
    itself, so that one bad file holds back no other; a partition whose own run failed for good is given up until
    its files or the code change, and so is one that failed too often for reasons that may pass.
    """
    limits, tried = limits or Limits(), tuple(attempts)
    standing = {slot: _standing(slot, due[slot], tried, now, limits) for slot in order if slot in due}
    chosen = _grouped(standing, due, order, limits.partitions)[: limits.runs]
    taken = {slot for offer in chosen for slot in offer.states}
    return Offers(
        tuple(chosen),
        waiting=tuple(s for s, at in standing.items() if not (at.done or at.given_up or s in taken)),
        given_up={slot: at.given_up for slot, at in standing.items() if at.given_up},
    )


def parted(found: Iterable[Offer], order: Sequence[str]) -> Iterator[Offer]:
    """The offers that may be started at once by somebody who puts partitions that follow one another together.

    Next to one that is to go alone none is started; what is left out is offered again once that has ended.
    """
    place = {slot: at for at, slot in enumerate(order)}
    before: Offer | None = None
    for offer in found:
        touching = before is not None and place[before.slots[-1]] + 1 == place[offer.slots[0]]
        if before is None or not touching or not (before.alone or offer.alone):
            yield offer
            before = offer


def _standing(slot: str, state: str, attempts: Sequence[Attempt], now: datetime, limits: Limits) -> _Standing:
    mine = [attempt for attempt in attempts if slot in attempt.states]
    if any(attempt.ended is None for attempt in mine):
        return _Standing(busy=True)  # of another state, too: two runs of a partition only get into each other's way
    # A state that comes back after another is news: only the last attempts that saw this one count.
    same = list(takewhile(lambda attempt: attempt.states[slot] == state, mine))
    failed = list(takewhile(lambda attempt: not attempt.succeeded, same))
    if same and not failed:
        return _Standing(done=_ago(same[0], now) < limits.believed)
    if any(attempt.permanent and len(attempt.states) == 1 for attempt in failed):
        return _Standing(given_up="its run failed for good")
    passing = [attempt for attempt in failed if not attempt.permanent]
    if len(passing) >= limits.tries:
        return _Standing(given_up=f"{len(passing)} runs failed")
    alone = any(attempt.permanent for attempt in failed)
    waits = bool(passing) and _ago(passing[0], now) < limits.first_wait * 2 ** (len(passing) - 1)
    return _Standing(busy=waits, tried=len(passing), alone=alone)


def _ago(attempt: Attempt, now: datetime) -> timedelta:
    """How long ago an attempt ended; where the clock was set back since, long enough for everything."""
    ended = attempt.ended or now
    return now - ended if ended <= now else timedelta.max


def _grouped(standing: Mapping[str, _Standing], due: Mapping[str, str], order: Sequence[str], most: int) -> list[Offer]:
    """Offers in order: unbroken stretches of partitions that were tried as often, and those that go alone."""
    found: list[Offer] = []
    before: _Standing | None = None
    for slot in order:
        at = standing.get(slot)
        if at is None or not at.open:
            before = None
            continue
        if before and not before.alone and not at.alone and before.tried == at.tried and len(found[-1].states) < most:
            found[-1] = Offer({**found[-1].states, slot: due[slot]}, at.tried)
        else:
            found.append(Offer({slot: due[slot]}, at.tried, at.alone))
        before = at
    return found
