"""The parts that run until they are told to end, each in a process of its own."""

from __future__ import annotations

import re
import socket
from pathlib import Path

import httpx
import pytest

from tests.cli_fixtures import fill, quiet
from tests.collector_fixtures import Process, heard_within, opened, running, stock, wait_for
from tests.town_fixtures import helsinki_extract
from tournee.cli.broker import Mosquitto, free_port
from tournee.domain import PlanRequest, RequestStatus


@pytest.mark.needs_broker
def test_collect_ends_in_order(folder: Path, broker: Mosquitto) -> None:
    with opened(f"sqlite:///{folder}/var/tournee.db") as store:
        stock(store)
        with running(folder, "collect", **quiet(TOURNEE_BROKER__PORT=str(broker.port))) as part:
            wait_for(lambda: heard_within(store, 2), "the collector to listen")
            assert part.ask_to_end() == 0
        assert part.words() == ""


def test_optimize_answers_a_request_and_ends_in_order(folder: Path) -> None:
    fill(folder)
    with opened(f"sqlite:///{folder}/var/tournee.db") as store:
        at = store.heartbeats()["optimizer"].at if "optimizer" in store.heartbeats() else None
        assert at is None
        with running(folder, "optimize", **quiet()) as part:
            wait_for(lambda: "optimizer" in store.heartbeats(), "a sign of life")
            now = store.heartbeats()["optimizer"].at
            store.ask_plan(PlanRequest("r1", "harbour", now.date(), now))
            wait_for(lambda: store.plan_request("r1").status is RequestStatus.DONE, "the plan")
            assert part.ask_to_end() == 0
        assert store.plan(store.plan_request("r1").plan_id).violations == ()
        assert part.words().splitlines()[-1] == "checking and explaining"


def test_serve_says_where_it_is_answers_and_ends_in_order(folder: Path) -> None:
    port = free_port()
    with running(
        folder, "serve", **quiet(TOURNEE_API__PORT=str(port), TOURNEE_API__KEY="open-sesame")
    ) as part:
        wait_for(lambda: "Key for calls" in part.words(), "the address")
        assert part.words().splitlines() == [
            f"Tournée is at http://127.0.0.1:{port}",
            "Key for calls that change something: open-sesame",
        ]
        health = httpx.get(f"http://127.0.0.1:{port}/health")
        assert health.headers["content-type"].startswith("application/")
        assert "collector" in health.text
        assert part.ask_to_end() == 0


def test_a_port_that_is_taken_is_a_wrong_setting(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = Process(folder, "serve", **quiet(TOURNEE_API__PORT=str(port)))
        assert process.wait() == 2
    assert process.words().startswith(f"tournee: api.port: '127.0.0.1:{port}' is not valid")


# --- the simulated town ----------------------------------------------------------------------------------------


def simulated(broker_port: int) -> dict[str, str]:
    return quiet(TOURNEE_BROKER__PORT=str(broker_port), TOURNEE_ROADS__EXTRACT=str(helsinki_extract()))


@pytest.mark.needs_broker
def test_what_simulate_sends_is_stored_by_collect(folder: Path, broker: Mosquitto) -> None:
    environ = simulated(broker.port)
    with opened(f"sqlite:///{folder}/var/tournee.db") as store, running(folder, "collect", **environ) as part:
        wait_for(lambda: heard_within(store, 2), "the collector to listen")
        simulation = Process(folder, "simulate", "--bins", "30", "--days", "2", "--seed", "3", **environ)
        assert simulation.wait() == 0, simulation.words()
        said = re.search(r"([\d,]+) messages of 30 bins sent", simulation.words())
        assert said, simulation.words()
        num_sent = int(said[1].replace(",", ""))
        assert num_sent > 400
        wait_for(lambda: store.counts().total >= num_sent, "every message")
        assert store.counts().total == num_sent
        assert store.counts().refused == 0, store.refusals_by_reason()
        assert len(store.bins()) == 30
        assert part.ask_to_end() == 0


@pytest.mark.needs_broker
def test_simulate_stops_in_the_middle_of_its_history(folder: Path, broker: Mosquitto) -> None:
    arguments = ("simulate", "--bins", "30", "--days", "14", "--rate", "50")
    with opened(f"sqlite:///{folder}/var/tournee.db") as store:
        with running(folder, *arguments, **simulated(broker.port)) as part:
            wait_for(lambda: len(store.bins()) == 30, "the town")
            assert part.ask_to_end() == 0
        assert "Stopped; what was sent has arrived." in part.words()


@pytest.mark.needs_broker
def test_simulate_goes_on_live_until_it_is_told_to_end(folder: Path, broker: Mosquitto) -> None:
    arguments = ("simulate", "--bins", "30", "--days", "0", "--speed", "600")
    with running(folder, *arguments, **simulated(broker.port)) as part:
        wait_for(lambda: "600 times real time" in part.words(), "the live town")
        assert part.ask_to_end() == 0
    assert "Traceback" not in part.words()


@pytest.mark.needs_broker
def test_a_town_in_fast_motion_never_speaks_from_the_future(folder: Path, broker: Mosquitto) -> None:
    arguments = ("simulate", "--bins", "30", "--days", "2", "--speed", "100000")
    environ = simulated(broker.port)
    with opened(f"sqlite:///{folder}/var/tournee.db") as store, running(folder, "collect", **environ):
        wait_for(lambda: heard_within(store, 2), "the collector to listen")
        with running(folder, *arguments, **environ) as part:
            wait_for(lambda: store.counts().total >= 400, "its messages")
            assert part.ask_to_end() == 0
        assert store.counts().refused == 0, store.refusals_by_reason()


def test_simulate_without_a_broker_is_a_sentence(folder: Path) -> None:
    port = free_port()
    process = Process(folder, "simulate", "--bins", "30", **simulated(port))
    assert process.wait() == 1
    assert f"The MQTT broker at 127.0.0.1:{port} can't take our messages" in " ".join(process.words().split())
    assert "Traceback" not in process.words()
