"""The tables of a closed loop's report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from optimizer.closed_loop.results import OUR_POLICY, Row
from optimizer.closed_loop.words import ClosedLoopWords
from optimizer.reports.tables import Table, Told

MEANS = (
    ("km", "km", 1),
    ("hours", "hours", 1),
    ("diesel", "diesel_l", 1),
    ("co2e", "co2e_kg", 1),
    ("cost", "cost_eur", 0),
    ("services", "services", 1),
    ("half_empty", "half_empty_visits", 1),
    ("overflow_h", "overflow_h", 1),
    ("overflow_l", "overflow_l", 0),
    ("what_if_left", "musts_left", 1),
    ("extra_unloadings", "extra_unloadings", 2),
    ("solver", "solver_s", 1),
)
"""What is told by the day with its spread: the word for it, the figure, and its decimals."""


def figures_table(words: ClosedLoopWords, rows: Sequence[Row]) -> Table:
    """Return everything that was counted, a column to each policy."""
    counted = [
        Told(words.say(word), [_mean(words, row, name, decimals) for row in rows])
        for word, name, decimals in MEANS
    ]
    shares = [
        Told(words.say("fill"), [words.percent(row.mean["fill_at_pickup"]) for row in rows]),
        Told(words.say("fill_p10"), [words.percent(row.mean["fill_at_pickup_p10"]) for row in rows]),
        Told(words.say("fleet"), [_fleet(words, row) for row in rows]),
    ]
    return Table(
        [words.say("a_day"), *(words.named(row.policy, row.setting) for row in rows)],
        [*counted, *shares],
        _ours(rows),
    )


def districts_table(words: ClosedLoopWords, rows: Sequence[Row]) -> Table:
    """Return overflow by district, a column to each policy."""
    names = sorted({name for row in rows for name in row.by_district})
    told = [
        Told(words.district(name), [words.number(row.by_district.get(name, 0.0), 3) for row in rows])
        for name in names
    ]
    return Table([words.say("district"), *(words.policy(row.policy) for row in rows)], told, _ours(rows))


def what_if_table(words: ClosedLoopWords, rows: Sequence[Row]) -> Table:
    """Return what would be otherwise, a row to each, beside the town as it is."""
    base = {(row.policy, row.setting): row for row in rows if not row.what_if}
    names = ("km", "cost", "overflow_h", "services", "what_if_left")
    told = [
        Told(
            words.what_if(row.what_if),
            list(_beside(words, row, base.get((row.policy, row.setting)))),
            words.named(row.policy, row.setting),
        )
        for row in rows
        if row.what_if
    ]
    return Table([words.say("what_if"), *map(words.say, names)], told)


def _ours(rows: Sequence[Row]) -> int | None:
    policies = ["", *(row.policy for row in rows)]
    return policies.index(OUR_POLICY) if OUR_POLICY in policies else None


def _mean(words: ClosedLoopWords, row: Row, name: str, decimals: int) -> str:
    days = row.mean["days"]
    return f"{words.number(row.mean[name] / days, decimals)} ± {words.number(row.sd[name] / days, decimals)}"


def _fleet(words: ClosedLoopWords, row: Row) -> str:
    return f"{words.percent(row.mean['fleet_fill_start'])}, {words.percent(row.mean['fleet_fill_end'])}"


def _beside(words: ClosedLoopWords, row: Row, base: Row | None) -> Iterator[str]:
    """Yield a row's figures a day, and in brackets how much more or less they are than in the town as it is."""
    days = row.mean["days"]
    for name, decimals in (("km", 1), ("cost_eur", 0), ("overflow_h", 1), ("services", 1)):
        value, was = row.mean[name] / days, base.mean[name] / base.mean["days"] if base else 0.0
        more = f" ({words.change(value / was - 1)})" if was else ""
        yield f"{words.number(value, decimals)}{more}"
    yield words.number(row.mean["musts_left"] / days, 1)
