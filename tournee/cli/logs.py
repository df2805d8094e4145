"""The log: lines for people, or one JSON object a line for programs. The only pythonjsonlogger here."""

from __future__ import annotations

import logging
import sys
import time

from pythonjsonlogger.json import JsonFormatter

from tournee.settings import LogSettings

TEXT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
JSON_FIELDS = {"levelname": "level", "name": "logger"}


def set_up_logs(settings: LogSettings, *, verbose: bool) -> None:
    """Send the log to standard error, as the settings say."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_formatter(settings))
    level = "info" if verbose else settings.level
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)


def _formatter(settings: LogSettings) -> logging.Formatter:
    if settings.format == "text":
        return logging.Formatter(TEXT)
    formatter = JsonFormatter(
        "{levelname}{name}{message}", style="{", rename_fields=JSON_FIELDS, timestamp=True
    )
    formatter.converter = time.gmtime
    return formatter
