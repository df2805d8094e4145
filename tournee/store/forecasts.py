"""Forecasts in the store: every one that was made, so that it can be held against what came."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import func, select

from tournee import tables
from tournee.domain import Forecast
from tournee.store.database import Database, insert_new
from tournee.store.rows import forecast_of, plain, without


class Forecasts(Database):
    """What was foreseen, when, and on what basis."""

    def save_forecasts(self, forecasts: Iterable[Forecast]) -> None:
        """Keep forecasts; one made at the same instant for the same instant is there already."""
        with self._writes() as connection:
            keys = dict(connection.execute(select(tables.bin_.c.bin_id, tables.bin_.c.bin_key)).all())
            rows = [without(plain(each), "bin_id") | {"bin_key": keys[each.bin_id]} for each in forecasts]
            insert_new(connection, tables.forecast, rows)

    def forecasts(self) -> dict[str, Forecast]:
        """Return the last forecast made for every bin that has one, by bin."""
        made = tables.forecast.c
        last = select(made.bin_key, func.max(made.made_at).label("made_at")).group_by(made.bin_key).subquery()
        query = (
            select(tables.bin_.c.bin_id, tables.forecast)
            .join_from(tables.forecast, tables.bin_)
            .join(last, (last.c.bin_key == made.bin_key) & (last.c.made_at == made.made_at))
            .order_by(made.target_at)
        )
        with self._reads() as connection:
            return {row["bin_id"]: forecast_of(row) for row in connection.execute(query).mappings()}
