"""What passes the screen, every database keeps: one message that it refused would be tried again for ever, and hold up all others."""

from __future__ import annotations

from random import Random

from collector.inbox import Received
from tests.collector_fixtures import an_interpreter, stock
from tests.fuzzing import NOW, TOPICS
from tests.mutations import corpus, mutated
from tournee.domain import Sensor
from tournee.settings import CollectorSettings, SourceSettings
from tournee.store import Batch, Store

PER_BATCH = 50


def fresh(payload: bytes, random: Random) -> bytes:
    """Return a message about bin b, of some other second: or they were nearly all the same reading."""
    return payload.replace(b"r:b1", b"r:b").replace(b":00Z", b":%02dZ" % random.randrange(60))


def test_mutations_in_the_store(any_store: Store) -> None:
    stock(any_store)
    source = SourceSettings(source="ngsi", topic="ngsi/+", profile="ngsi-waste-container")
    interpreter = an_interpreter(
        {"b": Sensor("s1", "b", "lid", 1_200, 200)}, CollectorSettings(sources=(source,))
    )
    random, good, expected = Random(3), corpus(), 0
    for _ in range(40):
        kinds = [random.choice(("reading", "service", "ngsi")) for _ in range(PER_BATCH)]
        topics = [TOPICS.get(kind, "ngsi/b1").replace("b1", "b") for kind in kinds]
        payloads = [mutated(fresh(random.choice(good[kind]), random), random) for kind in kinds]
        understood = interpreter.understand(
            [Received(topic, payload, NOW) for topic, payload in zip(topics, payloads, strict=True)]
        )
        any_store.record(Batch(understood.readings, understood.services, understood.refusals))
        expected += len(understood.readings) + len(understood.services) + len(understood.refusals)
    assert any_store.counts().total == expected
    assert any_store.counts().readings > 100
