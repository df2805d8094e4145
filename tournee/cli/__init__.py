"""`tournee ...`: the composition root. The only place that starts the four, and that reads the settings."""

from __future__ import annotations

import sys

from rich.console import Console

from tournee.cli.commands import app
from tournee.errors import ConfigError, TourneeError

EXIT_FAILURE = 1
EXIT_WRONG_CONFIG = 2  # the operator must mend something before anything can run


def main() -> None:
    """Run the command line; a failure is a sentence on standard error and an exit code, never a traceback."""
    try:
        app()
    except TourneeError as failure:
        Console(stderr=True, soft_wrap=True).print(f"tournee: {failure}", markup=False, highlight=False)
        sys.exit(EXIT_WRONG_CONFIG if isinstance(failure, ConfigError) else EXIT_FAILURE)
