"""The peer of `ingest.py`: paho and an insert, as one writes it first. It acknowledges before it stores, and so loses."""

from __future__ import annotations

import json
import os
import queue
import signal
import sqlite3
import sys
import time
from datetime import datetime
from threading import Event
from typing import Any

import paho.mqtt.client as mqtt
import psycopg
from paho.mqtt.enums import CallbackAPIVersion

COLUMNS = "bin_key, measured_at, received_at, fill_level, sensor_id, quality, quality_reason"
BEAT = "UPDATE heartbeat SET at = {} WHERE part = 'broker'"
READING = f"INSERT INTO reading ({COLUMNS}) VALUES ({{}}) ON CONFLICT DO NOTHING"  # noqa: S608 - our own columns
STATE = (
    f"INSERT INTO bin_state ({COLUMNS}) VALUES ({{}}) ON CONFLICT (bin_key) DO UPDATE SET "  # noqa: S608 - our own columns
    "measured_at = excluded.measured_at, received_at = excluded.received_at, fill_level = excluded.fill_level "
    "WHERE excluded.measured_at > bin_state.measured_at"
)


def main() -> None:
    """Store what comes until SIGTERM."""
    url = os.environ["TOURNEE_STORE__URL"]
    is_lite = url.startswith("sqlite")
    mark = "?" if is_lite else "%s"
    database: Any = (
        sqlite3.connect(url.removeprefix("sqlite:///"), timeout=30) if is_lite else psycopg.connect(url)
    )
    if is_lite:
        database.execute("PRAGMA synchronous=FULL")
    cursor = database.cursor()
    keys = dict(cursor.execute("SELECT bin_id, bin_key FROM bin").fetchall())
    inbox: queue.SimpleQueue[tuple[str, bytes]] = queue.SimpleQueue()
    stop = Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    _listen(inbox)
    while not stop.wait(0.02):
        now = time.time_ns() // 1_000_000
        rows = [_row(*inbox.get_nowait(), keys, now) for _ in range(inbox.qsize())]
        cursor.execute(BEAT.format(mark), (now,))
        if rows:
            values = ", ".join([mark] * 7)
            cursor.executemany(READING.format(values), rows)
            cursor.executemany(STATE.format(values), list({row[0]: row for row in rows}.values()))
        database.commit()
    sys.exit(0)


def _listen(inbox: queue.SimpleQueue[tuple[str, bytes]]) -> None:
    client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
    client.on_message = lambda _client, _data, message: inbox.put((message.topic, message.payload))
    listening = Event()
    client.on_subscribe = lambda *_: listening.set()
    client.connect("127.0.0.1", int(os.environ["TOURNEE_BROKER__PORT"]))
    client.loop_start()
    client.subscribe("tournee/v1/readings/#", qos=1)
    listening.wait(10)


def _row(topic: str, payload: bytes, keys: dict[str, int], now: int) -> tuple[object, ...]:
    said = json.loads(payload)
    measured_at = int(datetime.fromisoformat(said["measured_at"]).timestamp() * 1_000)
    return keys[topic.rpartition("/")[2]], measured_at, now, said["fill_level"], "", "accepted", ""


if __name__ == "__main__":
    main()
