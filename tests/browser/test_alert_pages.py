"""Alerts and devices as a person meets them, in a real browser against a real server."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from api.streets import STATIC
from tests.api_fixtures import HOSTILE, KEY, SIX, filled, hostile_network
from tests.browser_fixtures import Watched, chromium, served, watched
from tests.unit.test_api_alerts import FIRE, OVERFLOW
from tournee.clock import utc_now
from tournee.domain import AlertChange, AlertEvent, AlertStatus, DeviceState
from tournee.store import Store

pytestmark = [
    pytest.mark.needs_chromium,
    pytest.mark.skipif(
        os.environ.get("CI") != "true" and not (STATIC / "vendor" / "manifest.json").is_file(),
        reason="run tools/fetch_assets.py first",
    ),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def town(store: Store) -> Store:
    """The small town, with a fire at B1 and an overflow at B2."""
    filled(store)
    store.change_alerts([AlertChange(AlertEvent.OPENED, one) for one in (FIRE, OVERFLOW)], SIX)
    return store


@pytest.fixture
def look(browser: Browser, town: Store) -> Iterator[Watched]:
    with served(town) as root, watched(browser, root) as seen:
        yield seen


def test_from_the_front_page_to_an_alert_and_its_end(look: Watched, town: Store) -> None:
    look.open("/")
    look.page.get_by_role("link", name="Alerts: 2").click()
    row = look.page.get_by_role("row", name="Fire")
    expect(row).to_contain_text("71.5 °C; from 60.0 °C on it burns.")
    look.page.get_by_label("Your name").fill("Aino")
    look.page.get_by_label("Key").fill(KEY)
    row.get_by_role("button", name="Acknowledge").click()
    expect(row.locator(".status")).to_have_text("acknowledged")
    expect(row.get_by_role("button")).to_have_count(1)
    assert town.alert("f1").acknowledged_by == "Aino"
    row.get_by_role("button", name="Close").click()
    expect(row.locator(".status")).to_have_text("closed")
    expect(row.get_by_role("button")).to_have_count(0)
    assert town.alert("f1").status is AlertStatus.CLOSED
    look.page.reload()
    expect(look.page.locator("tbody tr")).to_have_count(1)
    look.page.get_by_role("link", name="Show closed ones, too").click()
    expect(look.page.get_by_role("row", name="Fire")).to_contain_text("Closed by Aino")
    assert (look.outside, look.complaints) == ([], [])


def test_a_wrong_key_changes_nothing_and_says_so(look: Watched, town: Store) -> None:
    look.open("/alerts?lang=fr")
    row = look.page.get_by_role("row", name="Feu")
    row.get_by_role("button", name="Clore").click()
    assert town.alert("f1").status is AlertStatus.OPEN, "the browser asks for name and key first"
    look.page.get_by_label("Votre nom").fill("Aino")
    look.page.get_by_label("Clé").fill("wrong")
    row.get_by_role("button", name="Clore").click()
    expect(look.page.get_by_role("status")).to_contain_text("send the server's key")
    assert town.alert("f1").status is AlertStatus.OPEN
    expect(row.get_by_role("button", name="Clore")).to_be_enabled()


def test_hostile_names_are_harmless(look: Watched, town: Store) -> None:
    town.save_network(hostile_network())
    town.note_devices([DeviceState(HOSTILE, SIX, last_complaint=HOSTILE)])
    town.acknowledge_alert("f1", HOSTILE, SIX, lambda _: ())
    for address in ("/alerts", "/devices", "/"):
        look.open(address)
        assert look.page.locator("img[src='x']").count() == 0
    assert look.complaints == []


def test_devices_are_found_by_grade(look: Watched, town: Store) -> None:
    town.note_devices([DeviceState("S-B1", utc_now(), 9, battery_v=3.6)])
    look.open("/devices")
    look.page.get_by_role("link", name="silent (7)").click()
    expect(look.page.locator("tbody tr")).to_have_count(7)
    assert (look.outside, look.complaints) == ([], [])


def test_a_phone_shows_alerts_without_scrolling_sideways(browser: Browser, town: Store) -> None:
    with served(town) as root, watched(browser, root, width=390) as look:
        for address in ("/alerts", "/devices"):
            look.open(address)
            assert look.page.evaluate("document.documentElement.scrollWidth") <= 390
