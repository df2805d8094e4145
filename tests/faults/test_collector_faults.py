"""One test per outage: whatever breaks between sensor and store, every message arrives, and arrives once."""

from __future__ import annotations

import random
import signal
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event, Thread

import pytest

from collector.collect import collect
from simulator.publisher import Publisher
from tests.collector_fixtures import at_broker, running, send, wait_for
from tests.faults.bases import DISK_MB, Base, a_base, a_small_disk, filled
from tests.faults.streams import (
    BURST,
    GARBAGE_S,
    OUTAGE_S,
    PATIENCE_S,
    RATE,
    check_each_is_there_once,
    kept,
    publish,
    stand_still,
    stream,
    streaming,
    wait_for_all,
    wait_for_more,
    wait_until_heard,
)
from tournee.cli.broker import Mosquitto
from tournee.clock import SteadyClock, utc_now
from tournee.messages import encode_reading
from tournee.settings import CollectorSettings, Settings

pytestmark = pytest.mark.needs_broker
KINDS = ("sqlite", "postgresql")


@pytest.fixture(params=KINDS)
def base(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Base]:
    """Either database."""
    with a_base(request.param, tmp_path) as made:
        yield made


@pytest.fixture
def environ(base: Base, broker: Mosquitto) -> dict[str, str]:
    """What a collector of its own process must be told."""
    return told(base, broker)


def told(base: Base, broker: Mosquitto, **more: str) -> dict[str, str]:
    """Return the environment of a collector that does not wait long for a locked database."""
    return {
        "TOURNEE_STORE__URL": base.url,
        "TOURNEE_STORE__BUSY_TIMEOUT_S": "0.2",
        "TOURNEE_BROKER__PORT": str(broker.port),
        "TOURNEE_COLLECTOR__HEARTBEAT_S": "0.2",
        "TOURNEE_COLLECTOR__RETRY_WAIT_MAX_S": "0.2",
        **more,
    }


def test_a_collector_killed_three_times_in_mid_stream_loses_nothing(
    base: Base, broker: Mosquitto, tmp_path: Path, environ: dict[str, str]
) -> None:
    with running(tmp_path, "collect", **environ):
        wait_until_heard(base.town)  # from here on, the broker keeps a session for it
    with streaming(broker) as sent:
        for _ in range(3):
            with running(tmp_path, "collect", **environ) as collector:
                wait_for_more(base.town, round(RATE / 2))
                assert collector.is_running
                collector.kill()
    with running(tmp_path, "collect", **environ):
        wait_for_all(base.town, sent)
    check_each_is_there_once(base.town, sent)


def test_a_broker_restarted_in_mid_stream_loses_nothing(
    base: Base, broker: Mosquitto, tmp_path: Path, environ: dict[str, str]
) -> None:
    with running(tmp_path, "collect", **environ) as collector:
        wait_until_heard(base.town)
        with streaming(broker) as sent:
            wait_for_more(base.town)
            broker.stop()
            stand_still()
            broker.start()
            wait_for_more(base.town)
        wait_for_all(base.town, sent)
        assert collector.is_running
        assert collector.ask_to_end() == 0
    check_each_is_there_once(base.town, sent)


def test_a_broker_killed_in_mid_stream_loses_what_it_alone_had(
    base: Base, broker: Mosquitto, tmp_path: Path, environ: dict[str, str]
) -> None:
    """mosquitto acknowledges before it writes: with `autosave_interval 1` at most what came in about a second."""
    with running(tmp_path, "collect", **environ):
        wait_until_heard(base.town)
        with streaming(broker) as sent:
            wait_for_more(base.town)
            broker.kill()
            broker.start()
            wait_for_more(base.town)
        wait_for(lambda: len(sent) - base.town.counts().readings <= 2 * RATE, "the rest", PATIENCE_S)
        send(at_broker(broker), [sent[-1]])  # what is behind it in the queue has come when its repeat has
        wait_for(lambda: base.town.counts().duplicates > 0, "the last message", PATIENCE_S)
    stored = kept(base.town)
    assert len(stored) == len(set(stored)), "nothing is there twice"
    assert set(stored) <= {(reading.bin_id, reading.measured_at) for reading in sent}


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["stopped", "crashed"])
def test_a_database_that_stands_still_in_mid_stream_is_waited_for(
    how: signal.Signals, base: Base, broker: Mosquitto, tmp_path: Path, environ: dict[str, str]
) -> None:
    with running(tmp_path, "collect", **environ) as collector:
        wait_until_heard(base.town)
        with streaming(broker) as sent:
            wait_for_more(base.town)
            base.away(how)
            sent_before = len(sent)
            wait_for(lambda: collector.words().count("Trying again") >= 3, "the collector to try in vain")
            stand_still()
            assert len(sent) > sent_before, "the broker takes messages all the while"
            assert collector.is_running
            base.back()
            wait_for_more(base.town)
        wait_for_all(base.town, sent)
        assert collector.ask_to_end() == 0
    check_each_is_there_once(base.town, sent)


@pytest.mark.parametrize("kind", KINDS)
def test_a_full_disk_is_waited_for(kind: str, broker: Mosquitto, tmp_path: Path) -> None:
    with (
        a_small_disk(DISK_MB[kind] + round(RATE * (OUTAGE_S + 20) / 2_000)) as disk,
        a_base(kind, tmp_path, disk) as base,
        running(tmp_path, "collect", **told(base, broker)) as collector,
    ):
        wait_until_heard(base.town)
        with streaming(broker) as sent:
            wait_for_more(base.town)
            with filled(disk):
                wait_for(lambda: "Trying again" in collector.words(), "the disk to be full", PATIENCE_S)
                stand_still()
            base.back()
            wait_for_more(base.town)
        wait_for_all(base.town, sent)
        assert collector.ask_to_end() == 0
        check_each_is_there_once(base.town, sent)


def test_two_collectors_with_one_client_id_lose_nothing_and_say_so(
    base: Base, broker: Mosquitto, tmp_path: Path, environ: dict[str, str]
) -> None:
    (tmp_path / "second").mkdir()
    with running(tmp_path, "collect", **environ) as first:
        wait_until_heard(base.town)
        with streaming(broker) as sent:
            wait_for_more(base.town)
            with running(tmp_path / "second", "collect", **environ) as second:
                wait_for(lambda: "give each its own" in first.words() + second.words(), "a word about it")
                stand_still()
                wait_for_more(base.town)
                assert second.ask_to_end() == 0
            wait_for_more(base.town)
        wait_for_all(base.town, sent)
    check_each_is_there_once(base.town, sent)


def test_a_clock_that_jumps_loses_nothing(base: Base, broker: Mosquitto, tmp_path: Path) -> None:
    """Set back by a day the readings of now would lie in the future; set on by two years, all would be too old."""
    set_by = [timedelta(0)]

    def wall() -> datetime:
        return utc_now() + set_by[0]

    settings = Settings(broker=at_broker(broker), collector=CollectorSettings(heartbeat_s=0.1))
    stop = Event()
    thread = Thread(target=collect, args=(settings, base.town, stop, SteadyClock(wall)))
    thread.start()
    try:
        wait_until_heard(base.town)
        with streaming(broker) as sent:
            for jump in (timedelta(days=-90), timedelta(days=730), timedelta(0)):
                set_by[0] = jump
                wait_for_more(base.town)
        wait_for_all(base.town, sent)
    finally:
        stop.set()
        thread.join(PATIENCE_S)
    assert not thread.is_alive()
    check_each_is_there_once(base.town, sent)


def test_garbage_among_good_messages_is_kept_and_costs_none_of_them(
    base: Base, broker: Mosquitto, tmp_path: Path, environ: dict[str, str]
) -> None:
    """One bad message to each good one, at the same rate; no two of them alike but the truncated."""
    chance, enough, bad = random.Random(1), Event(), [0]

    def litter() -> None:
        pieces = (
            lambda: ("tournee/v1/readings/a", chance.randbytes(40)),
            lambda: ("tournee/v1/readings/a", b'{"measured_at": "2026-1'),
            lambda: (f"tournee/v1/readings/nobody-{chance.random()}", encode_reading(next(stream()))),
            lambda: (
                "tournee/v1/readings/b",
                b'{"measured_at": %d, "fill_level": "half"}' % chance.getrandbits(32),
            ),
            lambda: (f"tournee/v1/{chance.random()}", b""),
            lambda: ("tournee/v1/services/c", b'{"served_at": "2199-01-01T00:00:00Z"}'),
        )
        with Publisher(at_broker(broker), rate=RATE) as outbox:
            while not enough.is_set():
                outbox.publish_raw(*chance.choice(pieces)())
                bad[0] += 1

    with running(tmp_path, "collect", **environ) as collector:
        wait_until_heard(base.town)
        littering = Thread(target=litter)
        with streaming(broker) as sent:
            littering.start()
            stand_still(GARBAGE_S)
            enough.set()
            littering.join(PATIENCE_S)
        wait_for(lambda: base.town.counts().total >= len(sent) + bad[0], "everything", PATIENCE_S)
        assert collector.ask_to_end() == 0
    assert bad[0] > 0
    assert base.town.counts().refused == bad[0], "each is kept and counted"
    reasons = base.town.refusals_by_reason()
    assert set(reasons) == {"unreadable", "unknown_bin", "unknown_topic", "from_the_future"}
    stored = kept(base.town)
    assert len(stored) == len(sent)
    assert set(stored) == {(reading.bin_id, reading.measured_at) for reading in sent}


def test_a_burst_after_an_outage_is_worked_off(
    base: Base, broker: Mosquitto, tmp_path: Path, environ: dict[str, str]
) -> None:
    with running(tmp_path, "collect", **environ) as collector:
        wait_until_heard(base.town)
        assert collector.ask_to_end() == 0
    sent = publish(broker, BURST)
    assert base.town.counts().readings == 0
    with running(tmp_path, "collect", **environ) as collector:
        wait_for_all(base.town, sent)
        memory_mb = peak_mb(collector.pid)
    check_each_is_there_once(base.town, sent)
    assert memory_mb < 256, "the broker holds the backlog, not we"


def test_a_collector_asked_to_end_under_load_ends_in_order(
    base: Base, broker: Mosquitto, tmp_path: Path, environ: dict[str, str]
) -> None:
    with running(tmp_path, "collect", **environ) as collector:
        wait_until_heard(base.town)
        with streaming(broker) as sent:
            wait_for_more(base.town)
            assert collector.ask_to_end() == 0
            wait_for(lambda: len(sent) > base.town.counts().readings + 100, "messages for nobody")
        assert collector.words() == "", "an orderly end is nothing to complain about"
    with running(tmp_path, "collect", **environ):
        wait_for_all(base.town, sent)
    check_each_is_there_once(base.town, sent)
    # A closing socket may lose the last acknowledgements; those messages come again, and are recognized.
    assert base.town.counts().duplicates <= CollectorSettings().receive_maximum


def peak_mb(pid: int) -> float:
    """Return the most memory that a process has held at once."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1_024 for line in lines if line.startswith("VmHWM"))
