"""The log as people and as programs read it."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest

from tournee.cli.logs import set_up_logs
from tournee.settings import LogSettings


@pytest.fixture(autouse=True)
def _root_is_put_back() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level


def test_a_program_reads_one_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs(LogSettings(format="json"), verbose=False)
    logging.getLogger("collector.recorder").warning("%d messages wait", 3, extra={"waiting": 3})
    logging.getLogger("collector.recorder").info("not said")
    (line,) = capsys.readouterr().err.splitlines()
    said = json.loads(line)
    assert (said["level"], said["logger"]) == ("WARNING", "collector.recorder")
    assert (said["message"], said["waiting"]) == ("3 messages wait", 3)
    assert said["timestamp"].endswith("+00:00")


def test_people_read_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs(LogSettings(), verbose=True)
    logging.getLogger("x").info("All is well.")
    assert capsys.readouterr().err.endswith(" INFO x: All is well.\n")
