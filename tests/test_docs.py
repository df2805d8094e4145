"""Documentation is tested: what it lists is complete, what it shows is true."""

from __future__ import annotations

import inspect
import json
import re
import string
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from api.wording import catalog
from collector.inbox import Received
from collector.metrics import Metrics
from collector.watching.webhook import signature, signing_key
from tests.collector_fixtures import an_interpreter
from tests.receiver import SECRET
from tools.document_files import files_text
from tools.document_settings import config_text, page_text
from tournee import errors
from tournee.announcements import alert_topic, body_of
from tournee.domain import Alert, AlertChange, AlertEvent, AlertKind, ReasonCode, Sensor
from tournee.errors import RejectionReason, TourneeError
from tournee.messages import ReadingMessage, ServiceMessage
from tournee.settings import AlertSettings, BrokerSettings

ROOT = Path(__file__).resolve().parents[1]
MESSAGES = (ROOT / "docs" / "messages.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```json (reading|service)\n(.*?)```", MESSAGES, re.DOTALL)


def test_config_yaml_and_its_page_are_what_the_settings_say() -> None:
    """Run `make docs` where this fails."""
    assert (ROOT / "config.yaml").read_text(encoding="utf-8") == config_text()
    assert (ROOT / "docs" / "settings.md").read_text(encoding="utf-8") == page_text()


def test_the_page_of_a_town_s_files_has_every_column() -> None:
    """Run `make docs` where this fails."""
    assert (ROOT / "docs" / "files.md").read_text(encoding="utf-8") == files_text()


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


def test_the_example_of_an_alert_is_what_is_sent() -> None:
    (example,) = re.findall(r"```json alert\n(.*?)```", MESSAGES, re.DOTALL)
    said = json.loads(example)
    at = datetime(2026, 11, 23, 6, 15, 10, tzinfo=UTC)
    data = said["data"]
    alert = Alert(
        data["alert_id"], AlertKind.OVERFLOW, data["bin_id"], at, data["sensor_id"], evidence=data["evidence"]
    )
    assert body_of(AlertChange(AlertEvent.OPENED, alert), at) == said
    assert alert_topic(AlertSettings().topic_prefix, "{bin_id}", AlertKind.FIRE) in MESSAGES.replace(
        "{kind}", "fire"
    )


def test_the_check_of_a_webhook_that_we_show_works() -> None:
    (program,) = re.findall(r"```python webhook\n(.*?)```", MESSAGES, re.DOTALL)
    shown: dict[str, Any] = {}
    exec(program, shown)  # noqa: S102 - our own page
    body, number = b"{}", "1.opened.desk"
    signed = signature(signing_key(SECRET), number, "1764000000", body)
    headers = {"webhook-id": number, "webhook-timestamp": "1764000000", "webhook-signature": signed}
    assert shown["is_ours"](SECRET, headers, body)
    assert not shown["is_ours"](SECRET, headers, b"{ }")


def test_every_alert_is_explained_with_its_figures() -> None:
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    section = page.partition("## Alerts")[2].partition("\n## ")[0]
    assert not {kind for kind in AlertKind if f"| `{kind}` |" not in section}
    sentences = " ".join(catalog("en")["evidence"].values())
    figures = {name for _, name, _, _ in string.Formatter().parse(sentences) if name}
    assert not {name for name in figures if f"`{name}`" not in section}


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
