"""Run every benchmark, one after the other; each also runs alone, with `--help` and `--json`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

INGEST = ("ingest.py", "--rate", "5000", "--seconds", "20")
RUNNERS = (
    ("routing.py",),
    ("routing.py", "--rich", "150"),
    INGEST,
    (*INGEST, "--database", "postgresql"),
    ("fuzz.py",),
    ("state.py",),
    ("forecast.py",),
)


def main() -> int:
    """Run each in a process of its own, so that none warms the next; return how many failed."""
    failed = 0
    for name, *options in RUNNERS:
        print("==", name, *options, flush=True)
        command = [sys.executable, str(Path(__file__).with_name(name)), *options]
        failed += subprocess.run(command, check=False).returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main())
