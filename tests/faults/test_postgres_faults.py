"""PostgreSQL goes away under load: every message arrives, and arrives once."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.collector_fixtures import opened, running, stock, wait_for
from tests.faults.test_collector_faults import (
    check_each_is_there_once,
    streaming,
    wait_for_all,
    wait_for_more,
    wait_until_heard,
)
from tests.postgres import Postgres, a_postgres
from tournee.cli.broker import Mosquitto
from tournee.store import Store

pytestmark = pytest.mark.needs_broker


@pytest.fixture
def server() -> Iterator[Postgres]:
    """A PostgreSQL of this test's own, whose commits reach the disk."""
    with a_postgres(durable=True) as own:
        yield own


@pytest.fixture
def town(server: Postgres) -> Iterator[Store]:
    """A store that knows the bins a to h, and survives its server."""
    with opened(server.new_database()) as store:
        yield stock(store)


@pytest.fixture
def environ(server: Postgres, town: Store, broker: Mosquitto) -> dict[str, str]:
    """What a collector of its own process must be told."""
    return {
        "TOURNEE_STORE__URL": server.url("town_0"),
        "TOURNEE_BROKER__PORT": str(broker.port),
        "TOURNEE_COLLECTOR__HEARTBEAT_S": "0.2",
        "TOURNEE_COLLECTOR__RETRY_WAIT_MAX_S": "0.2",
    }


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["stopped", "crashed"])
def test_a_postgres_that_goes_away_in_mid_stream_is_waited_for(
    how: signal.Signals,
    server: Postgres,
    broker: Mosquitto,
    town: Store,
    tmp_path: Path,
    environ: dict[str, str],
) -> None:
    with running(tmp_path, "collect", **environ) as collector:
        wait_until_heard(town)
        with streaming(broker) as sent:
            wait_for_more(town)
            server.stop(how)
            sent_before = len(sent)
            wait_for(lambda: collector.words().count("Trying again") >= 3, "the collector to try in vain")
            wait_for(lambda: len(sent) > sent_before + 2_000, "the broker to take more all the while")
            assert collector.is_running
            server.start()
            wait_for_more(town)
        wait_for_all(town, sent)
        assert collector.ask_to_end() == 0
    check_each_is_there_once(town, sent)


def test_a_collector_killed_three_times_in_mid_stream_loses_nothing(
    broker: Mosquitto, town: Store, tmp_path: Path, environ: dict[str, str]
) -> None:
    with running(tmp_path, "collect", **environ):
        wait_until_heard(town)
    with streaming(broker) as sent:
        for _ in range(3):
            with running(tmp_path, "collect", **environ) as collector:
                wait_for_more(town)
                collector.kill()
    with running(tmp_path, "collect", **environ):
        wait_for_all(town, sent)
    check_each_is_there_once(town, sent)
