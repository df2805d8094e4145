"""What legs cost: a table for each price that trucks pay, looked up far more often than worked out."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from optimizer.matrix import UNREACHABLE
from optimizer.problem import Problem

FAR = 10**15
"""Cost of a leg that does not exist."""

TABLE_MAX = 2_000
"""Places up to which the cost of every leg is kept: quicker to look up than to work out, and 130 MB."""

type LegCost = Callable[[int, int], float]
"""The cost of a leg by its ends, indices of the matrix; in cost units."""


class _Price(NamedTuple):
    """What trucks have in common that pay the same for every leg."""

    roads: int
    second_cost: float
    metre_cost: float

    def of(self, seconds: int, metres: int) -> float:
        return FAR if seconds >= UNREACHABLE else seconds * self.second_cost + metres * self.metre_cost


def leg_costs(problem: Problem) -> list[LegCost]:
    """Return what legs cost each truck; trucks that pay the same share one table."""
    prices = [_Price(truck.roads, truck.second_cost, truck.metre_cost) for truck in problem.trucks]
    tables = {price: _costs(problem, price) for price in set(prices)}
    return [tables[price] for price in prices]


def _costs(problem: Problem, price: _Price) -> LegCost:
    """Return the costs from a table, unless a table would fill the memory."""
    matrix = problem.matrices[price.roads]
    times, distances = matrix.travel_time_s, matrix.distance_m
    if len(times) > TABLE_MAX:
        return lambda here, there: price.of(int(times[here, there]), int(distances[here, there]))
    costs = np.where(times >= UNREACHABLE, FAR, times * price.second_cost + distances * price.metre_cost)
    table: list[list[float]] = costs.astype(np.float64).tolist()
    return lambda here, there: table[here][there]
