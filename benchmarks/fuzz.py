"""Whatever a sensor sends becomes a reading or a refusal with a reason, and none of it holds up the others.

Good messages of every kind, ours and, where the shared data lies beside the repository, real ones, are mutated with a seed and sent
through the contract, the envelopes of network servers, device profiles, and codecs in their sandbox. What is slow is told by CPU
time, for machines are shared; a codec's passes in another process, and the sandbox itself holds it to 50 ms.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT)]  # run as a file

from tests.fuzzing import CODEC, Report, fuzz, paths
from tests.mutations import corpus

SLOW_MS = 50.0


def main() -> int:
    """Print what became of the messages; fail where one raised, or took too long."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=200_000, help="messages, over all paths")
    parser.add_argument(
        "--codecs", type=int, default=20_000, help="how many of them meet a codec in the sandbox"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    start, good = time.perf_counter(), corpus(with_real=True)
    others = [name for name in paths() if name != CODEC]
    report = fuzz(chosen.count - chosen.codecs, chosen.seed, others, good)
    report.add(fuzz(chosen.codecs, chosen.seed, [CODEC], good))
    said = summary(report, time.perf_counter() - start) | {"good_messages": sum(map(len, good.values()))}
    if chosen.json:
        print(json.dumps(said, indent=1))
    else:
        show(said)
    return bool(said["failures"] or said["slow"])


def summary(report: Report, took_s: float) -> dict[str, object]:
    """Return the figures; failures with the payload that anyone can send again."""
    slow = {path: (cpu_ms, wall_ms) for path, (cpu_ms, wall_ms) in report.slowest.items() if cpu_ms > SLOW_MS}
    return {
        "messages": report.count,
        "understood": dict(sorted(report.understood.items())),
        "refused": dict(sorted(report.refused.items())),
        "slowest_cpu_and_wall_ms": {
            path: [round(ms, 2) for ms in took] for path, took in sorted(report.slowest.items())
        },
        "slow": slow,
        "failures": [
            {"path": path, "payload": payload.hex(), "why": why} for path, payload, why in report.failures
        ],
        "seconds": round(took_s, 1),
    }


def show(said: dict[str, object]) -> None:
    """Print the figures, one a line."""
    for name, value in said.items():
        if isinstance(value, dict):
            print(f"{name}:")
            for each, figure in value.items():
                print(f"  {each:40} {figure}")
        else:
            print(f"{name}: {value}")


if __name__ == "__main__":
    sys.exit(main())
