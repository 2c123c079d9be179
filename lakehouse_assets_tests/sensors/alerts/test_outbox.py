"""What waits to be sent: tried again after longer and longer waits, and never lost without a word."""

from __future__ import annotations

import threading
import time

from hypothesis import given
from hypothesis import strategies as st

from sensors.alerts.messages import Message
from sensors.alerts.outbox import FIRST_WAIT, LONGEST_WAIT, MOST, Waiting, put, sent
from sensors.alerts.sending import deliver


def message(name: str) -> Message:
    return Message(name, "text", "error")


ONE, TWO = message("one"), message("two")


def test_a_channel_that_fails_is_tried_again_after_ever_longer_waits() -> None:
    waiting, now, waits = Waiting((ONE,)), 0.0, []
    for _ in range(9):
        assert waiting.due(now)
        waiting = sent(waiting, 0, now)
        waits.append(waiting.again - now)
        assert not waiting.due(waiting.again - 1)
        now = waiting.again
    assert waits[:4] == [FIRST_WAIT, 2 * FIRST_WAIT, 4 * FIRST_WAIT, 8 * FIRST_WAIT]
    assert waits[-1] == LONGEST_WAIT
    assert sent(waiting, 1, now) == Waiting()


def test_a_clock_that_is_set_back_does_not_make_a_channel_wait_for_ever() -> None:
    assert sent(Waiting((ONE,)), 0, now=1e9).due(0.0)


def test_what_was_accepted_before_a_failure_is_not_sent_again() -> None:
    assert sent(Waiting((ONE, TWO)), 1, 0.0).messages == (TWO,)


def test_messages_of_a_channel_that_is_gone_from_the_settings_are_dropped_with_it() -> None:
    assert put({"old": Waiting((ONE,))}, {"new": [TWO]}, ["new"]) == {"new": Waiting((TWO,))}


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 3)), max_size=30))
def test_every_message_is_accepted_or_waits_or_is_counted_as_dropped(steps: list[tuple[int, int]]) -> None:
    outbox: dict[str, Waiting] = {}
    given_, accepted, told_dropped, number = 0, [], 0, 0
    for fresh, accepts in steps:
        outbox = put(outbox, {"c": [message(str(number + n)) for n in range(fresh)]}, ["c"])
        number, given_ = number + fresh, given_ + fresh
        waiting = outbox["c"]
        assert len(waiting.messages) <= MOST
        done = min(accepts * 10, len(waiting.to_send))
        accepted += [one.title for one in waiting.to_send[: min(done, len(waiting.messages))]]
        if done == len(waiting.to_send):
            told_dropped += waiting.dropped
        outbox["c"] = sent(waiting, done, 0.0)
        left = outbox["c"]
        assert len(accepted) + len(left.messages) + left.dropped + told_dropped == given_
    assert accepted == sorted(accepted, key=int), "in the order in which they came"
    assert len(set(accepted)) == len(accepted), "and none of them twice"


def test_a_channel_that_hangs_and_one_that_fails_hold_up_no_other() -> None:
    hung, received = threading.Event(), []

    def send(channel: str, message: Message) -> None:
        if channel == "hangs":
            hung.wait(30)
        if channel == "fails":
            raise ConnectionRefusedError("refused")
        received.append((channel, message.title))

    started = time.monotonic()
    outbox = {name: Waiting((ONE, TWO)) for name in ("hangs", "fails", "works")}
    after, failed = deliver(outbox, send, now=0.0, seconds=3)
    hung.set()
    assert time.monotonic() - started < 10
    assert received[:2] == [("works", "one"), ("works", "two")]
    assert after["works"] == Waiting()
    assert {name: len(waiting.messages) for name, waiting in after.items()} == {"hangs": 2, "fails": 2, "works": 0}
    assert failed == {"fails": "refused", "hangs": "channel hangs: no answer in 3 seconds"}


def test_a_channel_whose_time_has_not_come_is_not_tried() -> None:
    waiting = sent(Waiting((ONE,)), 0, now=0.0)

    def send(channel: str, message: Message) -> None:
        raise AssertionError("too early")

    assert deliver({"c": waiting}, send, now=1.0) == ({"c": waiting}, {})
