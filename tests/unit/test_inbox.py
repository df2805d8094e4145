"""Where messages wait: the writer gets them in order, in full batches or when its time is up."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from time import monotonic

from collector.inbox import Inbox, Received

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
FOREVER_S = 20.0


def message(number: int) -> Received:
    return Received("t", b"", NOON, number)


def numbers(batch: list[Received]) -> list[int]:
    return [one.packet_id for one in batch]


def test_what_has_come_by_the_deadline_is_a_batch() -> None:
    inbox = Inbox(room=10, batch_max=4)
    for number in range(6):
        assert inbox.put(message(number), 0)
    assert len(inbox) == 6
    assert numbers(inbox.take(0, monotonic() + FOREVER_S)) == [0, 1, 2, 3], "a full batch waits for nothing"
    assert numbers(inbox.take(0, monotonic())) == [4, 5]
    assert inbox.take(0, monotonic() + FOREVER_S) == []


def test_a_full_inbox_takes_nothing_until_the_writer_has_taken() -> None:
    inbox = Inbox(room=2, batch_max=2)
    assert inbox.put(message(0), 0)
    assert inbox.put(message(1), 0)
    assert not inbox.put(message(2), 0)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(inbox.put, message(2), FOREVER_S)
        assert numbers(inbox.take(0, 0)) == [0, 1]
        assert waiting.result(FOREVER_S)
    assert numbers(inbox.take(0, 0)) == [2]


def test_every_message_reaches_a_writer_that_waits_in_order_and_once() -> None:
    inbox, taken = Inbox(room=50, batch_max=7), list[int]()
    with ThreadPoolExecutor(1) as pool:
        putting = pool.submit(lambda: [inbox.put(message(number), FOREVER_S) for number in range(5_000)])
        while len(taken) < 5_000:
            batch = inbox.take(FOREVER_S, monotonic() + 0.001)
            assert 0 < len(batch) <= 7
            taken += numbers(batch)
        assert all(putting.result(FOREVER_S))
    assert taken == list(range(5_000))
