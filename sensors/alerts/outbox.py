"""The outbox: messages that wait to be accepted by their channel, tried again after ever longer waits. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sensors.alerts.messages import Message

FIRST_WAIT, LONGEST_WAIT = 60.0, 3_600.0  # seconds between tries of a channel that fails
MOST = 20  # messages that wait for a channel; more are counted, and what is open is told again once it works


@dataclass(frozen=True)
class Waiting:
    """What waits for one channel: messages in order, how often it failed in a row, when it is tried again.

    `dropped` messages did not fit any more; the channel is told how many once it accepts something.
    """

    messages: tuple[Message, ...] = ()
    failed: int = 0
    again: float = 0.0
    dropped: int = 0

    def due(self, now: float) -> bool:
        """Whether the channel is to be tried; a wait beyond the longest is a clock that was set back."""
        return bool(self.messages) and (now >= self.again or self.again - now > LONGEST_WAIT)

    @property
    def to_send(self) -> tuple[Message, ...]:
        """The messages, and what became of those that did not fit."""
        if not self.dropped:
            return self.messages
        lost = Message(
            f"{self.dropped} messages did not reach this channel",
            f"{self.dropped} messages to this channel were not accepted and are lost. "
            "What is open now: `lakehouse alerts`.",
            "error",
        )
        return (*self.messages, lost)


Outbox = Mapping[str, Waiting]


def put(outbox: Outbox, fresh: Mapping[str, Sequence[Message]], channels: Iterable[str]) -> dict[str, Waiting]:
    """The outbox with these messages, for channels that there still are; the oldest give way to newer ones."""
    there = set(channels)
    after = {channel: waiting for channel, waiting in outbox.items() if channel in there}
    for channel, told in fresh.items():
        waiting = after.get(channel, Waiting())
        every = (*waiting.messages, *told)
        after[channel] = replace(waiting, messages=every[-MOST:], dropped=waiting.dropped + max(0, len(every) - MOST))
    return after


def sent(waiting: Waiting, accepted: int, now: float) -> Waiting:
    """What waits after a try of which the channel accepted so many messages of `to_send`, in order."""
    if accepted == len(waiting.to_send):
        return Waiting()
    failed = waiting.failed + 1
    wait = min(FIRST_WAIT * 2.0 ** min(failed - 1, 10), LONGEST_WAIT)
    return replace(waiting, messages=waiting.messages[accepted:], failed=failed, again=now + wait)
