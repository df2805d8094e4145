"""The medians of the reference table of routes."""

from __future__ import annotations

from benchmarks.reference import medians


def row(seed: int, gap: str, broken: int) -> dict[str, str]:
    return {
        "instance": "town", "time_s": "60", "method": "peer", "seed": str(seed),
        "gap_percent": gap, "trucks": "3", "broken": str(broken), "note": "",
    }  # fmt: skip


def test_a_plan_that_breaks_rules_has_no_gap() -> None:
    _, line = medians([row(1, "2.0", 0), row(2, "-50.0", 7), row(3, "4.0", 0)])
    assert line.split() == ["town", "60", "peer", "3.00", "2", "3", "7"]


def test_a_method_that_only_broke_rules_is_said_to() -> None:
    _, line = medians([row(1, "-50.0", 7), row(2, "-51.0", 8)])
    assert line.split() == ["town", "60", "peer", "15", "rules", "broken"]
