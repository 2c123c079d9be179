"""The UI's log of a running run asks the storage to call back."""

import time
from collections.abc import Callable

PATIENCE_SECONDS = 20


def eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def write_in_another_process(start, run: str, events: int) -> None:
    process = start("write", run, str(events))
    process.communicate("go\n", timeout=60)
    assert process.returncode == 0


class Listener:
    def __init__(self) -> None:
        self.heard: list[str] = []
        self.cursor = ""

    def __call__(self, event, cursor: str) -> None:
        self.cursor = cursor
        self.heard.append(event.user_message)  # last: whoever waits for it looks at the cursor next


def test_a_watcher_hears_every_event_of_another_process_once_and_in_order(start, instance):
    listener, other = Listener(), Listener()
    instance.watch_event_logs("run", None, listener)
    instance.watch_event_logs("other run", None, other)

    write_in_another_process(start, "run", 30)

    eventually(lambda: len(listener.heard) >= 30)
    assert listener.heard == [f"event {number}" for number in range(30)]
    assert other.heard == []


def test_a_watcher_with_a_cursor_hears_only_what_came_later(start, instance):
    first, second = Listener(), Listener()
    instance.watch_event_logs("run", None, first)
    write_in_another_process(start, "run", 3)
    eventually(lambda: len(first.heard) == 3)

    instance.watch_event_logs("run", first.cursor, second)
    write_in_another_process(start, "run", 2)

    eventually(lambda: len(second.heard) == 2)
    assert second.heard == ["event 0", "event 1"]


def test_who_ended_the_watch_hears_nothing_more(start, instance):
    gone, still = Listener(), Listener()
    instance.watch_event_logs("run", None, gone)
    instance.watch_event_logs("run", None, still)
    instance.end_watch_event_logs("run", gone)

    write_in_another_process(start, "run", 2)

    eventually(lambda: len(still.heard) == 2)
    assert gone.heard == []


def test_a_listener_that_breaks_does_not_silence_the_others(start, instance):
    def broken(event, cursor):
        raise RuntimeError("the browser is gone")

    listener = Listener()
    instance.watch_event_logs("run", None, broken)
    instance.watch_event_logs("run", None, listener)

    write_in_another_process(start, "run", 2)

    eventually(lambda: listener.heard == ["event 0", "event 1"])
