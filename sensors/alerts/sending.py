"""Emptying the outbox: every channel by itself, so that one that fails or hangs holds up no other."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sensors.alerts.messages import Message
from sensors.alerts.outbox import Outbox, Waiting, sent

SECONDS = 20.0  # that a look waits for all channels together

Send = Callable[[str, Message], None]


@dataclass
class _Try:
    """One channel's turn, seen by two threads: how much was accepted, and why no more."""

    accepted: int = 0
    error: Exception | None = None
    over: threading.Event = field(default_factory=threading.Event)


def deliver(
    outbox: Outbox, send: Send, now: float, seconds: float = SECONDS
) -> tuple[dict[str, Waiting], Mapping[str, str]]:
    """The outbox after every channel that is due was tried, and of those that failed, why.

    `send` raises for a message that was not accepted. A channel that is not done after some seconds is left to
    end by itself and counts as failed: a message that it accepts after all comes twice.
    """
    turns = {channel: _Try() for channel, waiting in outbox.items() if waiting.due(now)}
    for channel, turn in turns.items():
        threading.Thread(target=_turn, args=(channel, outbox[channel], send, turn), daemon=True).start()
    until = time.monotonic() + seconds
    for turn in turns.values():
        turn.over.wait(max(0.0, until - time.monotonic()))
    after, failed = dict(outbox), {}
    for channel, turn in turns.items():
        after[channel] = sent(outbox[channel], turn.accepted, now)
        if after[channel].failed:
            failed[channel] = (
                str(turn.error) if turn.error else f"channel {channel}: no answer in {seconds:.0f} seconds"
            )
    return after, failed


def _turn(channel: str, waiting: Waiting, send: Send, turn: _Try) -> None:
    try:
        for message in waiting.to_send:
            send(channel, message)
            turn.accepted += 1
    except Exception as error:  # noqa: BLE001 - whatever it is, it is named in the tick, and the message waits
        turn.error = error
    finally:
        turn.over.set()
