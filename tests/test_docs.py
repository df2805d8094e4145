"""Documentation is tested: what it lists is complete, what it shows is true."""

from __future__ import annotations

import inspect
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from collector.inbox import Received
from collector.metrics import Metrics
from tests.collector_fixtures import an_interpreter
from tools.document_settings import config_text, page_text
from tournee import errors
from tournee.domain import ReasonCode, Sensor
from tournee.errors import RejectionReason, TourneeError
from tournee.messages import ReadingMessage, ServiceMessage
from tournee.settings import BrokerSettings

ROOT = Path(__file__).resolve().parents[1]
MESSAGES = (ROOT / "docs" / "messages.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```json (reading|service)\n(.*?)```", MESSAGES, re.DOTALL)


def test_config_yaml_and_its_page_are_what_the_settings_say() -> None:
    """Run `make docs` where this fails."""
    assert (ROOT / "config.yaml").read_text(encoding="utf-8") == config_text()
    assert (ROOT / "docs" / "settings.md").read_text(encoding="utf-8") == page_text()


@pytest.mark.parametrize(("kind", "payload"), EXAMPLES)
def test_every_example_of_a_message_is_understood(kind: str, payload: str) -> None:
    town = {"b1": Sensor("s", "b1", "lid", 1_900, 250)}
    noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    topic = f"{BrokerSettings().topic_prefix}/{kind}s/b1"
    understood = an_interpreter(town).understand([Received(topic, payload.encode(), noon)])
    assert understood.readings or understood.services
    assert not understood.refusals


def test_every_topic_field_and_refusal_is_documented() -> None:
    assert {kind for kind, _ in EXAMPLES} == {"reading", "service"}
    named = {*ReadingMessage.__struct_fields__, *ServiceMessage.__struct_fields__}
    named |= set(RejectionReason)
    assert not {name for name in named if f"`{name}`" not in MESSAGES}


def test_every_figure_for_prometheus_is_documented() -> None:
    metrics = Metrics()
    metrics.watch_queue(int)
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert len(metrics.names()) >= 8
    assert not {name for name in metrics.names() if f"`{name}" not in page}


def test_every_error_is_drawn_in_the_tree() -> None:
    classes = [
        kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, TourneeError)
    ]
    assert not {kind.__name__ for kind in classes if kind.__name__ not in (errors.__doc__ or "")}


def test_every_word_of_a_decision_is_explained_to_people() -> None:
    algorithm = (ROOT / "ALGORITHM.md").read_text(encoding="utf-8")
    assert not {code.value for code in ReasonCode if f"`{code}`" not in algorithm}


@pytest.mark.parametrize(
    "page", sorted(ROOT.glob("*.md")) + sorted((ROOT / "docs").rglob("*.md")), ids=lambda path: path.name
)
def test_no_link_between_our_pages_is_dead(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    targets = re.findall(r"\]\((?!https?://|#|mailto:)([^)#\s]+)", text)
    dead = [target for target in targets if not (page.parent / target).exists()]
    assert not dead
