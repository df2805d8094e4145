"""Run every benchmark, one after the other; each also runs alone, with `--help` and `--json`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

RUNNERS = ("routing.py", "ingest.py")


def main() -> int:
    """Run each in a process of its own, so that none warms the next; return how many failed."""
    failed = 0
    for name in RUNNERS:
        print(f"== {name}", flush=True)
        failed += (
            subprocess.run([sys.executable, str(Path(__file__).with_name(name))], check=False).returncode != 0
        )
    return failed


if __name__ == "__main__":
    sys.exit(main())
