"""Which streets a truck can enter and leave again, on towns small enough to draw."""

from __future__ import annotations

from simulator.streets import Sign, Street, StreetMap, Turn, forbidden_turns, strongest_part
from tournee.domain import Location

# A frame 2 km wide keeps the drawn streets away from the edge of the map.
FRAME = (Location(60.00, 24.00), Location(60.02, 24.04))


def at(x: int, y: int) -> Location:
    """Blocks of about 100 m, in the middle of the frame."""
    return Location(60.008 + y * 0.0009, 24.016 + x * 0.0018)


def street(way_id: int, *nodes: tuple[int, Location], oneway: bool = False, **more: bool) -> Street:
    ids, line = tuple(node_id for node_id, _ in nodes), tuple(place for _, place in nodes)
    return Street(way_id, f"Street {way_id}", "residential", ids, line, is_oneway=oneway, **more)


def frame() -> Street:
    return street(99, (901, FRAME[0]), (902, FRAME[1]), is_open_to_trucks=False)


A, B, C, D, E = (1, at(0, 0)), (2, at(1, 0)), (3, at(1, 1)), (4, at(0, 1)), (5, at(2, 0))


def usable(streets: list[Street], place: Location, **signs: object) -> bool:
    foothold = StreetMap([frame(), *streets], **signs).foothold(place)  # type: ignore[arg-type]  # few keywords
    assert foothold is not None
    return foothold.is_usable


BLOCK = street(1, A, B, C, D, A, oneway=True)
MIDDLE_OF_BE = Location(60.008, 24.016 + 1.5 * 0.0018)


def test_a_block_of_one_way_streets_is_usable() -> None:
    assert usable([BLOCK], at(0, 0))


def test_a_one_way_street_out_of_the_map_is_a_trap() -> None:
    assert not usable([BLOCK, street(2, B, E, oneway=True)], MIDDLE_OF_BE)


def test_a_two_way_dead_end_is_usable() -> None:
    assert usable([BLOCK, street(2, B, E)], MIDDLE_OF_BE)


def test_a_street_closed_to_trucks_is_near_but_not_usable() -> None:
    assert not usable([BLOCK, street(2, B, E, is_open_to_trucks=False)], MIDDLE_OF_BE)


def test_a_tunnel_leads_somewhere_but_no_bin_stands_in_it() -> None:
    assert not usable([BLOCK, street(2, B, E, is_underground=True)], MIDDLE_OF_BE)


def test_a_bollard_cuts_a_street() -> None:
    assert usable([BLOCK], at(0, 0), barriers=())
    assert not usable([BLOCK], at(0, 0), barriers=(2,))


def test_a_sign_that_forbids_the_only_turn_makes_a_trap() -> None:
    into, back = street(2, B, E, oneway=True), street(3, E, C, oneway=True)
    assert usable([BLOCK, into, back], MIDDLE_OF_BE)
    assert not usable([BLOCK, into, back], MIDDLE_OF_BE, forbidden_turns=(Turn(2, 5, 3),))


def test_only_signs_forbid_every_other_turn() -> None:
    streets = [BLOCK, street(2, B, E), street(3, B, (6, at(1, -1)))]
    signs = [Sign("only_straight_on", 1, 2, 2), Sign("no_left_turn", 2, 2, 3), Sign("", 2, 2, 1)]
    assert set(forbidden_turns(signs, streets)) == {Turn(1, 2, 3), Turn(2, 2, 3)}


def test_streets_at_the_edge_of_the_map_are_not_trusted() -> None:
    corner = [
        (n, Location(60.0001 + dy, 24.0001 + dx)) for n, dx, dy in [(1, 0, 0), (2, 0.0003, 0), (3, 0, 0.0002)]
    ]
    assert not usable([street(1, *corner, corner[0])], corner[0][1])


def test_the_distance_to_a_street_is_perpendicular() -> None:
    foothold = StreetMap([frame(), BLOCK]).foothold(Location(60.008 - 0.0002, 24.016 + 0.0009))
    assert foothold is not None
    assert 22 < foothold.distance_m < 22.5
    assert foothold.street.way_id == 1


def test_kerbs_are_the_middles_of_usable_streets() -> None:
    kerbs = StreetMap([frame(), BLOCK, street(2, B, E, oneway=True)]).kerbs()
    assert len(kerbs) == 4
    assert Location(60.008, 24.0169) in kerbs


def test_no_streets_no_foothold() -> None:
    assert StreetMap([]).foothold(at(0, 0)) is None
    assert StreetMap([]).kerbs() == []


def test_the_largest_of_two_parts_wins_though_the_other_has_the_busiest_corner() -> None:
    ring = [((n, n + 1), (n + 1, n + 2)) for n in range(9)] + [((9, 10), (0, 1))]
    star = [((50, 51), (51, n)) for n in range(60, 69)]
    assert len(strongest_part([*ring, *star])) == 10
    assert strongest_part([]) == frozenset()
