"""A watch that is killed while it tells: nobody is told nothing, and who is told twice can see it."""

from __future__ import annotations

import json
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from tests.alert_fixtures import DAY, DESK, a_reading, heard, with_sensors
from tests.collector_fixtures import opened, running, wait_for
from tests.receiver import SECRET, Receiver, receiving
from tournee.clock import utc_now
from tournee.domain import Announcement
from tournee.store import Store

BINS = "abcdefgh"


@pytest.mark.parametrize("num_kills", [3])
def test_a_watch_killed_while_it_tells_tells_it_all(tmp_path: Path, any_url: str, num_kills: int) -> None:
    """It is killed while a receiver keeps it waiting, three times; then it may end its work."""
    now = utc_now()
    with opened(any_url) as store, receiving(is_slow=True) as receiver:
        with_sensors(store, now - 3 * DAY)
        heard(store, *(a_reading(bin_id, now - timedelta(minutes=1), 1.2) for bin_id in BINS))
        hooks = [{"name": DESK, "url": receiver.url, "kinds": ["overflow"]}]
        environ = {
            "TOURNEE_STORE__URL": any_url,
            "TOURNEE_ALERTS__WEBHOOKS": json.dumps(hooks),
            "TOURNEE_ALERTS__WEBHOOK_TIMEOUT_S": "0.2",
            "TOURNEE_ALERTS__TOPIC_PREFIX": '""',
            "TOURNEE_ALERTS__SECRET": SECRET,
        }
        for _ in range(num_kills):
            before = len(receiver.paths)
            with running(tmp_path, "watch", **environ) as process:
                wait_for(partial(has_more, receiver, before), "the receiver to be told")
                process.kill()
        receiver.is_slow = False
        receiver.hurry.set()
        with running(tmp_path, "watch", **environ) as process:
            wait_for(lambda: len(set(receiver.ids)) == len(BINS), "everybody to be told")
            wait_for(lambda: all(told.delivered_at for told in announcements(store)), "it to be noted")
            assert process.ask_to_end() == 0, process.words()
        assert len(announcements(store)) == store.num_open_alerts() == len(BINS), "each opened once"
        assert {body["data"]["bin_id"] for body in receiver.heard} == set(BINS)


def has_more(receiver: Receiver, before: int) -> bool:
    return len(receiver.paths) > before


def announcements(store: Store) -> list[Announcement]:
    return [told for alert in store.open_alerts() for told in store.announcements(alert.alert_id)]
