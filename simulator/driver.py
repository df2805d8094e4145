"""Who empties the bins: drivers with a published plan, and before the first plan a crew with a calendar."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from simulator.filling import Filling, day_start_s
from simulator.seeds import stream
from tournee.domain import Bin, Plan, ServiceEvent, Vehicle

CALENDAR_FILL_LEVEL = 0.75  # a town without forecasts comes when the average bin is this full
FIRST_STOP_S = 6.5 * 3_600  # after local midnight
LAST_STOP_S = 13.5 * 3_600


def planned_services(plan: Plan) -> tuple[ServiceEvent, ...]:
    """Return what drivers will do with a plan, every truck's stops in time order; levels are seen on arrival."""
    services = [
        ServiceEvent(stop.place_ref, stop.service_start_at, vehicle_id=route.vehicle_id, plan_id=plan.plan_id)
        for route in plan.routes
        for stop in route.services
    ]
    return tuple(sorted(services, key=lambda service: (service.served_at, service.bin_id)))


class CalendarCrew:
    """Empties each bin every so many days, by how fast it fills on average: what towns did before sensors."""

    def __init__(
        self, bins: Sequence[Bin], vehicles: Sequence[Vehicle], filling: Filling, *, seed: int, zone: ZoneInfo
    ) -> None:
        self._bins, self._vehicles, self._zone = tuple(bins), tuple(vehicles), zone
        self._every_days = {
            bin_.bin_id: max(1, round(CALENDAR_FILL_LEVEL * filling.mean_fill_days(bin_.bin_id)))
            for bin_ in bins
        }
        self._phase = {
            bin_.bin_id: int(stream(seed, f"calendar {bin_.bin_id}").integers(1_000)) for bin_ in bins
        }

    def services(self, after_s: float, until_s: float) -> Iterator[ServiceEvent]:
        """Yield the services in (after_s, until_s], in time order."""
        day = datetime.fromtimestamp(after_s, self._zone).date()
        while day_start_s(day, self._zone) < until_s:
            yield from (event for event in self._day(day) if after_s < event.served_at.timestamp() <= until_s)
            day += timedelta(days=1)

    def _day(self, day: date) -> Iterator[ServiceEvent]:
        due = [bin_ for bin_ in self._bins if self._is_due(bin_.bin_id, day)]
        step_s = (LAST_STOP_S - FIRST_STOP_S) / max(len(due), 1)
        for number, bin_ in enumerate(due):
            at_s = round(day_start_s(day, self._zone) + FIRST_STOP_S + number * step_s)
            yield ServiceEvent(bin_.bin_id, datetime.fromtimestamp(at_s, UTC), vehicle_id=self._truck(bin_))

    def _is_due(self, bin_id: str, day: date) -> bool:
        return (day.toordinal() + self._phase[bin_id]) % self._every_days[bin_id] == 0

    def _truck(self, bin_: Bin) -> str:
        takers = (
            vehicle.vehicle_id for vehicle in self._vehicles if bin_.waste_stream in vehicle.waste_streams
        )
        return next(takers, "")
