"""What Prometheus is told, and collectors that share the load; against a real mosquitto and a real store."""

from __future__ import annotations

import urllib.request

import pytest
from prometheus_client.parser import text_string_to_metric_families

from collector.metrics import Metrics
from tests.collector_fixtures import (
    at_broker,
    collecting,
    heard_within,
    readings,
    send,
    send_raw,
    stock,
    wait_for,
)
from tournee.cli.broker import LOOPBACK, Mosquitto, free_port
from tournee.errors import ConfigError
from tournee.settings import CollectorSettings
from tournee.store import Store

pytestmark = pytest.mark.needs_broker


@pytest.fixture
def town(store: Store) -> Store:
    """A store that knows the bins a to h."""
    return stock(store)


def scrape(port: int) -> dict[str, float]:
    """Return every sample by its name and labels."""
    with urllib.request.urlopen(f"http://{LOOPBACK}:{port}/metrics", timeout=10) as answer:
        families = text_string_to_metric_families(answer.read().decode())
        return {
            sample.name + "".join(f" {value}" for value in sample.labels.values()): sample.value
            for family in families
            for sample in family.samples
        }


def test_prometheus_hears_what_became_of_every_message(broker: Mosquitto, town: Store) -> None:
    here, port = at_broker(broker), free_port()
    with collecting(town, here, CollectorSettings(metrics_port=port, heartbeat_s=0.1)):
        wait_for(lambda: heard_within(town), "the collector to listen")
        send(here, readings(300))
        send(here, readings(20))
        send_raw(here, "tournee/v1/readings/a", b"{")
        wait_for(lambda: town.counts().total >= 321, "all messages")
        told = scrape(port)
    assert told["tournee_messages_received_total"] == 321
    assert (told["tournee_readings_stored_total"], told["tournee_readings_repeated_total"]) == (300, 20)
    assert told["tournee_messages_refused_total unreadable"] == 1
    assert told["tournee_queue_messages"] == 0
    assert told["tournee_broker_connections_total"] == 1
    assert told["tournee_commit_seconds_count"] == told["tournee_lag_seconds_count"] > 0
    assert 0 < told["tournee_commit_seconds_sum"] < 60


def test_collectors_of_one_group_share_the_messages_and_store_each_once(
    broker: Mosquitto, town: Store
) -> None:
    here, ports = at_broker(broker), (free_port(), free_port())
    group = [
        CollectorSettings(client_id=f"collector-{port}", share_group="night", metrics_port=port)
        for port in ports
    ]
    with collecting(town, here, group[0]), collecting(town, here, group[1]):
        wait_for(lambda: all(connected(port) for port in ports), "both collectors to listen")
        send(here, readings(2_000))
        wait_for(lambda: town.counts().readings >= 2_000, "all messages")
        received = [scrape(port)["tournee_messages_received_total"] for port in ports]
    assert sum(received) == 2_000
    assert min(received) > 0
    assert town.counts().duplicates == 0


def connected(port: int) -> bool:
    try:
        return scrape(port)["tournee_broker_connections_total"] == 1
    except OSError:
        return False


def test_a_port_that_is_taken_is_a_sentence() -> None:
    port = free_port()
    with (
        Metrics().served(LOOPBACK, port),
        pytest.raises(ConfigError, match=r"collector\.metrics_port"),
        Metrics().served(LOOPBACK, port),
    ):
        pytest.fail("two can't listen on one port")
