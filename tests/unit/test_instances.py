"""The files of the routing literature: read as their sets prescribe, judged by their own rules, told to our solver."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.instances import Instance, InstanceUnreadable, read_instances
from benchmarks.instances.as_problem import translate
from benchmarks.instances.instance import Route
from benchmarks.instances.judge import judge
from benchmarks.instances.own import read_problem, write_problem
from optimizer.solution import Step
from optimizer.solver import solve
from optimizer.verify import verify
from tests.towns import town
from tournee.settings import SolverSettings

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "routing"
needs_shared = pytest.mark.skipif(
    not SHARED.is_dir(), reason="the published instances are not on this machine"
)
QUICK = SolverSettings(max_solutions=30, max_iterations=200, max_seconds=20, processes=1)

CVRP = """NAME : tiny
TYPE : CVRP
DIMENSION : 4
EDGE_WEIGHT_TYPE : EUC_2D
CAPACITY : 2
NODE_COORD_SECTION
1 0 0
2 0 1.4
3 3 4
4 0 10
DEMAND_SECTION
1 0
2 1
3 1
4 1
DEPOT_SECTION
1
-1
EOF
"""

TIMED = CVRP.replace(": CVRP", ": VRPTW").replace("DEPOT_SECTION", "{sections}DEPOT_SECTION")
WINDOWS = """TIME_WINDOW_SECTION
1 0 100
2 0 100
3 50 60
4 0 20
SERVICE_TIME_SECTION
1 0
2 1
3 1
4 1
"""

KIM = """200 capacity
300 yards a day
500 stops a day
3600 lunch
40 mph
Node x y open close service load type
0 0 0 800 1700 0 0 0
1 5280 0 0000 2400 600 0 2
2 5280 5280 800 1700 60 100 1
3 10560 5280 800 1700 60 100 1
4 0 5280 900 1000 60 60.5 1
"""


def file(folder: Path, name: str, text: str) -> Path:
    """Write a file and return its path."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def routes(*nodes: tuple[int, ...]) -> tuple[Route, ...]:
    """Return a route a vehicle."""
    return tuple(Route(van, stops) for van, stops in enumerate(nodes))


@pytest.fixture
def cvrp(tmp_path: Path) -> Instance:
    """Return three customers, two of which fit into a van."""
    file(tmp_path, "tiny.sol", "Route #1: 1 2\nRoute #2: 3\nCost 30")
    return read_instances(file(tmp_path, "tiny.vrp", CVRP))[0]


@pytest.fixture
def vrptw(tmp_path: Path) -> Instance:
    """Return the same customers with windows and service, in tenths."""
    return read_instances(file(tmp_path, "timed.vrp", TIMED.format(sections=WINDOWS)))[0]


@pytest.fixture
def kim(tmp_path: Path) -> Instance:
    """Return a landfill and three customers a mile apart."""
    return read_instances(file(tmp_path, "900_stop.txt", KIM))[0]


def test_distances_are_rounded_as_the_set_prescribes(cvrp: Instance, vrptw: Instance) -> None:
    assert cvrp.leg(0, 1).length == 1  # 1.4, to the nearest
    assert vrptw.leg(0, 1).length == 14
    assert vrptw.leg(1, 2).length == int(10 * (3**2 + 2.6**2) ** 0.5)  # cut off, not rounded
    assert cvrp.lengths[0, 2] == 5
    assert vrptw.lengths[1, 2] == vrptw.leg(1, 2).length


def test_the_published_cost_is_read_and_reproduced(cvrp: Instance) -> None:
    assert cvrp.best_known == 30
    verdict = judge(cvrp, cvrp.best_routes)
    assert (verdict.cost, verdict.vans, verdict.left, verdict.violations) == (30, 2, 0, ())
    assert cvrp.gap(33) == pytest.approx(10.0)


@pytest.mark.parametrize(
    ("driven", "said"),
    [
        (((1, 2),), "Customer 3 is not served."),
        (((1, 2, 3),), "Vehicle 0 carries 3 at 3, more than 2."),
        (((1, 2), (3, 1)), "Customer 1 is served 2 times."),
        (((1, 2, 9), (3,)), "Vehicle 0 stops at 9, which is neither customer nor facility."),
    ],
)
def test_broken_loads_and_books_are_named(cvrp: Instance, driven: Any, said: str) -> None:
    assert said in judge(cvrp, routes(*driven)).violations


def test_a_vehicle_that_is_not_there_or_drives_twice_is_named(cvrp: Instance) -> None:
    assert judge(cvrp, (Route(99, (1,)),)).violations[0].startswith("Customer 2")
    assert any("no vehicle 99" in said for said in judge(cvrp, (Route(99, (1,)),)).violations)
    assert any(
        "drives 2 routes" in said for said in judge(cvrp, (Route(0, (1, 2)), Route(0, (3,)))).violations
    )


def test_windows_are_kept_or_named(vrptw: Instance) -> None:
    assert judge(vrptw, routes((1,), (2,), (3,))).violations == ()
    late = judge(vrptw, routes((1,), (2, 3))).violations  # 3 closes at 20, 2 opens at 50
    assert late == ("Vehicle 1 keeps not every window, lunch or release.",)


def test_kim_knows_landfills_lunch_and_a_days_cap(kim: Instance) -> None:
    assert kim.leg(0, 2).length == 2.0
    assert kim.leg(0, 2).duration == pytest.approx(180.0)
    assert kim.customers[2].window == (9 * 3600, 10 * 3600)
    assert judge(kim, routes((4, 1), (2, 3, 1))).violations == ()
    assert any("comes home with" in said for said in judge(kim, routes((4,), (2, 3, 1))).violations)
    assert judge(kim, routes((4, 2, 1, 3, 1))).violations == ()
    full = read_instances(file(kim.path.parent, "901_stop.txt", KIM.replace("300 y", "250 y")))[0]
    assert any("more than 25000" in said for said in judge(full, routes((4, 2, 1, 3, 1))).violations)


def test_a_lunch_for_which_there_is_no_time_is_named(tmp_path: Path) -> None:
    shut = KIM.replace("3 10560 5280 800 1700", "3 10560 5280 1230 1235").replace(
        "2 5280 5280 800 1700", "2 5280 5280 1140 1145"
    )
    broken = judge(
        read_instances(file(tmp_path, "902_stop.txt", shut))[0], routes((2, 3, 1), (4, 1))
    ).violations
    assert broken == ("Vehicle 0 keeps not every window, lunch or release.",)


def geojson(folder: Path) -> Path:
    """Write a day of two customers and a facility with its report; return the file."""
    kinds = ["depot", "intermediateFacility", "customer", "customer"]
    features = [
        {"properties": {"id": node, "type": kind, "demand": 3 * (node > 1), "service": 2 * (node > 0)}}
        for node, kind in enumerate(kinds)
    ]
    minutes = [[0, 5, 4.5, 9], [5, 0, 3, 3], [4.5, 3, 0, 2], [9, 3, 2, 0]]
    info = {"maxCapacity": 6, "maxDuration": 60, "numVehicles": 2}
    report = "Day: 1: Vehicle:0 Route x cost:14.5\npath 0 2 3 1 0\n"
    file(folder, "solutions/report_Town_1_feasible_14_0.txt", report)
    return file(
        folder,
        "instances/Town_1.geojson",
        json.dumps({"features": features, "duration": minutes, "info": info}),
    )


def test_a_published_day_is_an_instance(tmp_path: Path) -> None:
    (day,) = read_instances(geojson(tmp_path))
    assert (day.name, day.best_known, day.ends_empty) == ("Town_1 day 1", 14.5, True)
    assert judge(day, day.best_routes).cost == 14.5
    assert judge(day, day.best_routes).violations == ()


@pytest.mark.parametrize("kind", ["cvrp", "vrptw", "kim"])
def test_our_solution_keeps_the_files_rules(kind: str, request: pytest.FixtureRequest) -> None:
    instance: Instance = request.getfixturevalue(kind)
    translation = translate(instance)
    solution = solve(translation.problem, QUICK)
    assert verify(translation.problem, solution) == ()
    verdict = judge(instance, translation.routes(solution))
    assert verdict.violations == ()
    assert verdict.left == 0


def test_our_solution_of_a_published_day_is_as_short(tmp_path: Path) -> None:
    (day,) = read_instances(geojson(tmp_path))
    translation = translate(day)
    assert judge(day, translation.routes(solve(translation.problem, QUICK))).cost == 14.5


def test_no_trip_of_ours_begins_before_its_goods_are_released(tmp_path: Path) -> None:
    text = TIMED.replace(": VRPTW", ": MTVRPTWR").format(
        sections=WINDOWS + "RELEASE_TIME_SECTION\n1 0\n2 5\n3 0\n4 0\n"
    )
    (instance,) = read_instances(file(tmp_path, "released.vrp", text))
    translation = translate(instance)
    assert [task.released_s for task in translation.problem.tasks] == [50, None, None]
    solution = solve(translation.problem, QUICK)
    assert verify(translation.problem, solution) == ()
    assert judge(instance, translation.routes(solution)).violations == ()
    (tour,) = [one for one in solution.tours if Step(0) in one.steps]
    assert tour.moments[0].departure_s >= 50


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.vrp", CVRP.replace(": CVRP", ": TSPX"), "TYPE TSPX"),
        ("b.vrp", CVRP.replace("CAPACITY : 2\n", ""), "no VRPLIB file"),
        ("c_stop.txt", KIM.replace("5280 0 0000", "5280 x 0000"), "no file of Kim"),
        ("d.geojson", "{}", "no GeoJSON"),
        ("e.csv", "", "none of"),
    ],
)
def test_a_file_of_no_known_form_is_refused_in_a_sentence(
    tmp_path: Path, name: str, text: str, said: str
) -> None:
    with pytest.raises(InstanceUnreadable, match=said):
        read_instances(file(tmp_path, name, text))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InstanceUnreadable, match=r"There is no file .*nowhere\.vrp"):
        read_instances(tmp_path / "nowhere.vrp")


def test_a_problem_of_ours_comes_back_from_its_file(tmp_path: Path) -> None:
    problem = town("D a b F").problem
    write_problem(problem, tmp_path / "day.json")
    again = read_problem(tmp_path / "day.json")
    assert (again.tasks, again.trucks, again.sites) == (problem.tasks, problem.trucks, problem.sites)
    assert (again.matrices[0].travel_time_s == problem.matrices[0].travel_time_s).all()
    with pytest.raises(InstanceUnreadable, match="no problem of ours"):
        read_problem(file(tmp_path, "broken.json", '{"tasks": 1}'))


@needs_shared
@pytest.mark.parametrize("path", sorted((SHARED / "vrplib").glob("*.vrp")), ids=lambda path: path.stem)
def test_published_solutions_cost_what_is_published(path: Path) -> None:
    if path.stat().st_size > 50_000:
        pytest.skip("3,000 customers: the small ones prove the same")
    (instance,) = read_instances(path)
    verdict = judge(instance, instance.best_routes)
    assert verdict.violations == ()
    assert verdict.cost == pytest.approx(instance.best_known, abs=0.01)


@needs_shared
def test_published_days_cost_what_is_published() -> None:
    for path in sorted((SHARED / "pvrpif" / "instances").glob("*_030_4_*.geojson")):
        for day in read_instances(path):
            verdict = judge(day, day.best_routes)
            assert verdict.violations == ()
            assert verdict.cost == pytest.approx(day.best_known)
