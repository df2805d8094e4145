"""The town in motion: time goes by, bins fill, sensors speak, crews empty. Knows no broker and no clock."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from simulator.city import City
from simulator.driver import CalendarCrew, planned_services
from simulator.filling import Filling, day_start_s
from simulator.sensor import LevelSensor, Report
from tournee.domain import Plan, Reading, ServiceEvent
from tournee.settings import SimulatorSettings

type Message = Reading | ServiceEvent

type _Happening = ServiceEvent | tuple[LevelSensor, Report]
type _Timed = tuple[float, int, _Happening]  # the first two order it, and are never the same twice

DAY_S = 86_400
LARGE = 1_000_000_000
SEEN_STEP = 0.05  # a driver judges a level by eye


class SimulatedTown:
    """A city that lives from `start_at` on.

    Its crews follow a calendar until the first day for which a plan is served, and plans from then on.

    Parameters
    ----------
    start_at
        Aware; bins start at random levels.
    """

    def __init__(self, city: City, settings: SimulatorSettings, start_at: datetime, zone: ZoneInfo) -> None:
        self.city = city
        self.now = start_at.astimezone(UTC)
        self.filling = Filling(city.bins, settings, self.now, zone)
        self.num_readings = self.num_services = 0
        self._zone = zone
        self._sensors = tuple(LevelSensor(sensor, settings) for sensor in city.sensors)
        self._crew = CalendarCrew(city.bins, city.vehicles, self.filling, seed=settings.seed, zone=zone)
        self._calendar_until_s = float("inf")
        self._planned: dict[tuple[str, date], tuple[ServiceEvent, ...]] = {}

    @property
    def num_sent(self) -> int:
        """Messages handed out so far, repeated ones counted each time."""
        return self.num_readings + self.num_services

    @property
    def overflow_bin_hours(self) -> float:
        """Hours that bins have spent overflowing until now, over all bins."""
        return self.filling.overflow_bin_hours(self.now)

    def serve(self, plan: Plan) -> int:
        """Let the drivers follow a published plan; return how many services lie ahead.

        It takes the place of an earlier plan of its depot and day, and ends the calendar. Stops whose time has
        gone by are not made up for. Bins that this town does not have are left out.
        """
        known = {bin_.bin_id for bin_ in self.city.bins}
        ahead = [service for service in planned_services(plan) if service.served_at > self.now]
        services = tuple(service for service in ahead if service.bin_id in known)
        self._planned[plan.depot_id, plan.service_date] = services
        self.stop_calendar(plan.service_date)
        return len(services)

    def stop_calendar(self, day: date) -> None:
        """From this local day on, only plans empty bins."""
        self._calendar_until_s = min(self._calendar_until_s, day_start_s(day, self._zone))

    def advance(self, until: datetime) -> Iterator[Message]:
        """Yield what is sent in (now, until], in time order, and move on to `until`; read it to its end.

        A service yielded here has emptied its bin, and carries the level that the crew saw.
        """
        until_s = until.timestamp()
        # A day at a time: weeks of a large town would not fit into memory.
        while (after_s := self.now.timestamp()) < until_s:
            end_s = min(until_s, (after_s // DAY_S + 1) * DAY_S)
            for _, _, happening in sorted((*self._services(after_s, end_s), *self._reports(after_s, end_s))):
                yield from self._messages(happening)
            self.now = datetime.fromtimestamp(end_s, UTC)

    def _messages(self, happening: _Happening) -> Iterator[Message]:
        if isinstance(happening, ServiceEvent):
            found = self.filling.empty(happening.bin_id, happening.served_at)
            self.num_services += 1
            yield replace(happening, fill_level_seen=round(round(found / SEEN_STEP) * SEEN_STEP, 2))
            return
        sensor, report = happening
        at = datetime.fromtimestamp(report.at_s, UTC)
        reading = sensor.reading(report, self.filling.fill_level(sensor.sensor.bin_id, at))
        for _ in range(report.copies):
            self.num_readings += 1
            yield reading

    def _services(self, after_s: float, until_s: float) -> Iterator[_Timed]:
        calendar = self._crew.services(after_s, min(until_s, self._calendar_until_s))
        planned = (service for services in self._planned.values() for service in services)
        for number, service in enumerate((*calendar, *planned)):
            at_s = service.served_at.timestamp()
            if after_s < at_s <= until_s:
                yield at_s, number - LARGE, service  # before the readings of the same second

    def _reports(self, after_s: float, until_s: float) -> Iterator[_Timed]:
        for number, sensor in enumerate(self._sensors):
            for report in sensor.reports(after_s, until_s):
                yield report.at_s, number, (sensor, report)
