"""How long things are kept: the section `retention` of `config.yaml`."""

from __future__ import annotations

from pydantic import Field

from tournee.settings.section import Section


class RetentionSettings(Section):
    """How long things are kept, and when the house is tidied."""

    raw_days: int = Field(
        120, ge=14, le=10_000, description="Age from which only an hour's summary of the readings is kept"
    )
    refusals_days: int = Field(90, ge=1, le=10_000, description="Age at which a refused message goes")
    messages_days: int = Field(
        7, ge=1, le=10_000, description="Age at which a message that came over HTTP and was dealt with goes"
    )
    announcements_days: int = Field(
        90, ge=1, le=10_000, description="Age at which the announcements of a closed alert go"
    )
    forecasts_days: int = Field(400, ge=14, le=10_000, description="Age at which a forecast goes")
    tidy_hour: int = Field(3, ge=0, le=23, description="Hour of the town's day from which `watch` tidies")
