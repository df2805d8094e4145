"""One frozen model per section of `config.yaml`: every key with its default, its bounds and what it means."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, field_validator

from tournee.settings.alerts import AlertSettings
from tournee.settings.day import DaySettings
from tournee.settings.retention import RetentionSettings
from tournee.settings.section import Section


class TownSettings(Section):
    """What is true of the whole town."""

    timezone: str = Field(
        "Europe/Helsinki", description="IANA name; opening hours and shifts are in this time"
    )
    language: Literal["en", "fr"] = Field(
        "en", description="Language of pages and reasons where nobody chose one"
    )

    @field_validator("timezone")
    @classmethod
    def _must_exist(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as unknown:
            message = "an IANA time zone such as Europe/Paris"
            raise ValueError(message) from unknown
        return name

    @property
    def zone(self) -> ZoneInfo:
        """The time zone itself."""
        return ZoneInfo(self.timezone)


class StoreSettings(Section):
    """Where everything is kept."""

    url: str = Field("sqlite:///var/tournee.db", description="SQLAlchemy address; SQLite runs in WAL mode")
    busy_timeout_s: float = Field(30.0, gt=0, le=600, description="How long a writer waits for another")


class BrokerSettings(Section):
    """The MQTT broker that sensors talk to."""

    host: str = Field("127.0.0.1", min_length=1, description="Name or address of the broker")
    port: int = Field(1883, ge=1, le=65_535, description="Its port")
    tls: bool = Field(default=False, description="Encrypt the connection")
    mqtt_version: Literal["v5", "v3.1.1"] = Field(
        "v5", description="v3.1.1 only for a broker that knows no better"
    )
    username: str = Field("", description="Empty for a broker without accounts")
    password: SecretStr = Field(SecretStr(""), description="Secret: environment or password_file only")
    password_file: Path | None = Field(None, description="File whose first line is the password")
    topic_prefix: str = Field("tournee/v1", pattern=r"^[^#+]+[^#+/]$", description="Our topics start with it")


WireFormat = Literal["chirpstack", "things-stack", "loriot", "thingpark", "json", "ngsi"]
"""What network servers and vendors speak; our own contract is `native`."""


class SourceSettings(Section):
    """One network server or vendor that sensors already speak through."""

    source: WireFormat = Field(description="What speaks there")
    topic: str = Field("", description="MQTT topic filter; empty for one that only posts over HTTP")
    profile: str = Field("", description="Device profile of sensors that have none of their own")

    @field_validator("topic")
    @classmethod
    def _must_be_a_filter(cls, topic: str) -> str:
        levels = topic.split("/")
        is_sound = all(level in {"+", "#"} or not set(level) & set("+#") for level in levels)
        if not is_sound or "#" in levels[:-1]:
            message = "an MQTT topic filter such as application/+/device/+/event/up"
            raise ValueError(message)
        return topic


class CollectorSettings(Section):
    """How readings are gathered and stored."""

    client_id: str = Field(
        "tournee-collector", min_length=1, description="Fixed: the broker keeps its session by it"
    )
    sources: tuple[SourceSettings, ...] = Field(
        (),
        description="Network servers to listen to besides our own topics, such as "
        "[{source: chirpstack, topic: application/+/device/+/event/up, profile: milesight-level}]",
    )
    profiles_dir: Path = Field(
        Path("profiles"),
        description="Your own device profiles (.yaml) and codecs (.js), beside the shipped ones",
    )
    posted_poll_s: float = Field(
        1.0, gt=0, le=60, description="Pause between two looks for messages that came over HTTP"
    )
    share_group: str = Field(
        "",
        pattern=r"^[^/+#]*$",
        description="Collectors of one group share the messages; each needs its own client_id",
    )
    metrics_host: str = Field("127.0.0.1", min_length=1, description="Where Prometheus may ask")
    metrics_port: int = Field(0, ge=0, le=65_535, description="Port of GET /metrics; 0 answers nobody")
    session_expiry_s: int = Field(
        604_800, ge=0, description="How long the broker keeps messages while we are away"
    )
    receive_maximum: int = Field(
        1_000, ge=1, le=65_535, description="Unacknowledged messages at once; bounds the queue"
    )
    batch_max: int = Field(1_000, ge=1, le=10_000, description="Messages in one transaction, at most")
    batch_wait_ms: int = Field(20, ge=1, le=5_000, description="How long the writer waits to fill a batch")
    retry_wait_max_s: float = Field(
        30.0, gt=0, le=600, description="Longest pause between tries when the store is away"
    )
    payload_max_bytes: int = Field(65_536, ge=256, le=1_048_576, description="A larger message is refused")
    future_max_s: int = Field(600, ge=0, le=86_400, description="A sensor's clock may be this far ahead")
    fill_level_min: float = Field(
        -0.1, ge=-1, le=0, description="A lower level is refused; below 0 counts as empty"
    )
    fill_level_max: float = Field(
        2.0, ge=1, le=10, description="A higher level is refused; over 1 is overflow"
    )
    heartbeat_s: float = Field(5.0, gt=0, le=60, description="How often the collector says that it is alive")
    age_max_days: int = Field(400, ge=1, le=10_000, description="An older reading is refused")
    retransmission_max_s: int = Field(
        3_600, ge=0, le=86_400, description="A frame counter heard again within this time is the same message"
    )
    jump_max: float = Field(
        0.3, ge=0, le=2, description="A level may rise by so much at once; a steeper rise is suspicious"
    )
    rise_max_per_hour: float = Field(0.1, ge=0, le=2, description="And by so much more in each hour between")
    stuck_days: float = Field(
        14.0, ge=0, le=400, description="An echo that stands still for longer is suspicious; 0 never asks"
    )


class RoadsSettings(Section):
    """Where travel times come from."""

    provider: Literal["valhalla", "osrm", "valhalla_url", "osrm_url", "great_circle"] = Field(
        "valhalla", description="_url asks a server; great_circle is an estimate, and says so"
    )
    url: str = Field(
        "", description="Address of that server; with a key in it, set TOURNEE_ROADS__URL in the environment"
    )
    timeout_s: float = Field(60.0, gt=0, le=3_600, description="How long one of its answers may take")
    extract: Path = Field(Path("var/roads/Helsinki.osm.pbf"), description="OpenStreetMap extract, .osm.pbf")
    tiles_dir: Path = Field(Path("var/roads"), description="Where road tiles are built, once per extract")
    cache_dir: Path = Field(Path("var/roads/matrices"), description="Where travel times asked once are kept")
    cache_max_mb: int = Field(
        1_000,
        ge=0,
        le=1_000_000,
        description="Size of that folder in megabytes, a quarter of it for one kind of truck; 0 keeps nothing",
    )
    cache_max_days: int = Field(30, ge=1, le=3_650, description="What was kept is asked again after so long")
    block_pairs: int = Field(
        0,
        ge=0,
        le=100_000_000,
        description="Pairs of places in one question to the road engine; 0 as suits the provider",
    )
    max_snap_m: int = Field(
        50, ge=1, le=1_000, description="A place further from any usable street is off the road"
    )
    overrides: Path | None = Field(
        None, description="YAML file of what the city knows better than the map; docs/roads.md"
    )
    collection_m: int = Field(
        0, ge=0, le=2_000, description="On a way up to this long a collecting truck is slow; 0 slows nothing"
    )
    collection_km_h: float = Field(15.0, gt=0, le=90, description="And drives no faster than this")
    same_side_min_class: Literal["never", "residential", "tertiary", "secondary", "primary"] = Field(
        "tertiary", description="From this road class on, a bin on its side is served from that side"
    )


class ForecastSettings(Section):
    """How fill levels are foreseen."""

    history_days: int = Field(120, ge=7, le=1_000, description="Days of readings looked at")
    half_life_days: float = Field(40.0, gt=0, le=365, description="Age at which a reading counts half")
    prior_days: float = Field(
        6.0, gt=0, le=60, description="Weight of the stream's mean rate, in days of readings"
    )
    emptying_drop: float = Field(0.2, gt=0, lt=1, description="A smaller drop of the fill level is noise")
    quantiles: tuple[float, ...] = Field(
        (0.05, 0.25, 0.5, 0.75, 0.95), description="Probabilities that are foreseen"
    )
    country: str = Field(
        "",
        pattern=r"^([A-Z]{2})?$",
        description="ISO 3166 code of the country whose public holidays count, such as FR",
    )
    region: str = Field(
        "", description="Its subdivision with holidays of its own, such as BL in FR; ISO 3166-2"
    )


Weekday = Literal["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"]


class SelectionSettings(Section):
    """Which bins are wanted on a round."""

    weekdays: tuple[Weekday, ...] = Field(
        ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"),
        min_length=1,
        description="Days on which trucks go out: a bin that is left waits for the next",
    )
    no_service: tuple[date, ...] = Field((), description="Dates on which none does, such as [2026-12-25]")
    look_ahead_visits: int = Field(
        7,
        ge=0,
        le=15,
        description="Possible visits that are weighed, today's the first; 0 looks at today's level alone",
    )
    detour_share: float = Field(
        0.5,
        gt=0,
        le=3,
        description="Cost of a visit on a coming day, against that among the bins known to be due then",
    )
    haul_share: float = Field(
        0.5,
        ge=0,
        le=1,
        description="Part of a full truck's way to unload that bins taken today save later: 1 where room ends every round, 0 where time does",
    )
    district_margin: float = Field(
        0.25,
        ge=0,
        le=10,
        description="A district whose bins lately ran over by more than this above the town's mean comes first",
    )
    must_risk: float = Field(
        0.9,
        gt=0,
        lt=1,
        description="Overflow risk before the next visit that makes a bin a must, whatever the detour",
    )
    may_fill_level: float = Field(0.4, ge=0, le=1, description="An emptier bin is not worth a visit")
    overflow_eur_per_hour: float = Field(2.0, ge=0, description="What one overflowing bin costs in an hour")
    early_service_eur: float = Field(
        3.0, ge=0, description="What emptying a full bin saves later, where the coming days are not looked at"
    )
    must_penalty_eur: float = Field(
        2_000.0, gt=0, description="Price of leaving a must; far above any detour"
    )
    max_age_days: dict[str, float] = Field(
        {"biowaste": 7.0}, description="Longest time between services, by stream"
    )


class SolverSettings(Section):
    """How long and how hard routes are improved."""

    max_solutions: int = Field(
        600, ge=1, description="Improvements tried; with a seed it makes a plan repeatable"
    )
    max_seconds: float = Field(
        90.0, gt=0, le=3_600, description="Time after which the best plan so far is taken"
    )
    reload_max: int = Field(4, ge=1, le=20, description="Unloadings of one truck in a shift, at most")
    balance_eur: float = Field(
        0.0,
        ge=0,
        le=10_000,
        description="Price of a round's length, per squared hour: it shares the hours evenly",
    )
    compact_eur: float = Field(
        0.0,
        ge=0,
        le=10_000,
        description="Price of each two nearest bins of a stream that are on different rounds: it keeps streets together",
    )
    max_iterations: int = Field(
        5_000,
        ge=1,
        description="Steps of the search behind each proposal; with a seed it makes a plan repeatable",
    )
    proposals: int = Field(2, ge=1, le=64, description="Proposals made from different seeds, and recombined")
    processes: int = Field(
        2,
        ge=1,
        le=256,
        description="Proposals made at once, each by a process; the plan is the same with any number",
    )


class WorkerSettings(Section):
    """How a worker takes requests for plans."""

    poll_s: float = Field(0.5, gt=0, le=60, description="Pause between two looks at the queue")


class ApiSettings(Section):
    """What people see."""

    host: str = Field("127.0.0.1", description="Loopback unless told otherwise")
    port: int = Field(8000, ge=0, le=65_535, description="0 takes a free one")
    key: SecretStr = Field(
        SecretStr(""), description="Secret for calls that change something; made at start if empty"
    )
    key_file: Path | None = Field(None, description="File whose first line is the key")
    tile_url: str = Field("", description="Address of raster tiles, {z}/{x}/{y}; empty draws our own streets")
    tile_attribution: str = Field("© OpenStreetMap contributors", description="Shown on every map")
    heartbeat_max_s: float = Field(
        120.0, gt=0, le=86_400, description="A part silent for longer is ill; above solver.max_seconds"
    )


class LogSettings(Section):
    """What the parts say of their work, on standard error."""

    format: Literal["text", "json"] = Field("text", description="json is one object a line, for programs")
    level: Literal["debug", "info", "warning", "error"] = Field(
        "warning", description="The least that is said; --verbose says info"
    )


class SimulatorSettings(Section):
    """The town that fills up."""

    seed: int = Field(7, ge=0, description="Same seed, same town, same deposits")
    num_bins: int = Field(300, ge=3, le=100_000, description="Bins in the town, at least three streams")
    readings_per_day: int = Field(12, ge=1, le=288, description="Reports of one sensor in a day")
    start_fill_level_max: float = Field(
        0.8, ge=0, le=1, description="Bins start somewhere between empty and this"
    )
    mean_fill_days: float = Field(6.0, gt=0.5, le=60, description="Days in which a typical bin fills up")
    noise: float = Field(
        0.01, ge=0, le=0.2, description="Standard deviation of a sensor, fraction of the volume"
    )
    dropout: float = Field(0.05, ge=0, le=1, description="Share of readings that radio loses")
    duplicates: float = Field(0.02, ge=0, le=1, description="Share of readings that radio repeats")
    phantom_sensors: float = Field(
        0.3, ge=0, le=1, description="Share of sensors that see phantom echoes at times"
    )
    silent_sensors: float = Field(0.05, ge=0, le=1, description="Share of sensors that fall silent")
    without_sensor: float = Field(0.05, ge=0, le=1, description="Share of bins that have no sensor")


class Settings(Section):
    """The whole of `config.yaml`."""

    town: TownSettings = TownSettings()
    store: StoreSettings = StoreSettings()
    broker: BrokerSettings = BrokerSettings()
    collector: CollectorSettings = CollectorSettings()
    roads: RoadsSettings = RoadsSettings()
    forecast: ForecastSettings = ForecastSettings()
    selection: SelectionSettings = SelectionSettings()
    solver: SolverSettings = SolverSettings()
    day: DaySettings = DaySettings()
    worker: WorkerSettings = WorkerSettings()
    alerts: AlertSettings = AlertSettings()
    retention: RetentionSettings = RetentionSettings()
    api: ApiSettings = ApiSettings()
    log: LogSettings = LogSettings()
    simulator: SimulatorSettings = SimulatorSettings()
