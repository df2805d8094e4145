"""When a person is told of something, and how: the section `alerts` of `config.yaml`."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from tournee.announcements import MQTT
from tournee.domain import AlertKind
from tournee.settings.section import Section


class WebhookSettings(Section):
    """One receiver of alerts over HTTP."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,49}$", description="Our name for it")
    url: str = Field(description="https, or http on this machine")
    kinds: tuple[AlertKind, ...] = Field((), description="Kinds that it is told of; all where empty")

    @field_validator("name")
    @classmethod
    def _must_not_be_mqtt(cls, name: str) -> str:
        if name == MQTT:
            message = f"another name than {MQTT}, which is the broker's"
            raise ValueError(message)
        return name

    @field_validator("url")
    @classmethod
    def _must_be_safe(cls, url: str) -> str:
        parts = urlsplit(url)
        is_here = parts.hostname in {"127.0.0.1", "::1", "localhost"}
        if (
            not parts.hostname
            or parts.username
            or not (parts.scheme == "https" or (parts.scheme == "http" and is_here))
        ):
            message = "an address that starts with https:// (http:// only on this machine), without a password in it"
            raise ValueError(message)
        return url


class AlertSettings(Section):
    """When a person is told, and how."""

    look_s: float = Field(10.0, gt=0, le=60, description="Pause between two looks at what has come in")
    sweep_s: float = Field(
        300.0,
        gt=0,
        le=86_400,
        description="Pause between two looks at everything: for silence, stuck sensors and crews' reports",
    )
    overflow_fill_level: float = Field(1.0, gt=0, le=2, description="From this level on a bin overflows")
    overflow_hysteresis: float = Field(
        0.1, ge=0, le=1, description="It has to fall by so much more before the alert closes"
    )
    fire_c: float = Field(
        60.0, gt=-50, le=125, description="From this temperature on it burns, in degrees Celsius"
    )
    fire_rise_k: float = Field(
        15.0, gt=0, le=100, description="Or after a rise by so many kelvin within an hour"
    )
    fire_floor_c: float = Field(
        40.0, ge=-50, le=125, description="A rise below this is the sun; an alert closes below it, too"
    )
    battery_min_v: float = Field(3.3, ge=0, le=30, description="A lower voltage is low")
    battery_min_level: float = Field(0.15, ge=0, le=1, description="A lower charge is low, as a fraction")
    silent_hours: float = Field(
        36.0, gt=0, le=8_760, description="A sensor without a message for longer is silent"
    )
    stuck_days: float = Field(
        7.0, gt=0, le=365, description="A level that stays the same for longer is stuck"
    )
    stuck_min_readings: int = Field(
        20, ge=2, le=10_000, description="So many readings have to agree before that"
    )
    unserved_share: float = Field(
        0.6, gt=0, le=1, description="A level still at this share after a reported emptying was not emptied"
    )
    seen_difference: float = Field(
        0.35, gt=0, le=1, description="Crew and sensor disagree when their levels differ by more"
    )
    snooze_hours: float = Field(
        24.0,
        ge=0,
        le=8_760,
        description="What a person closed opens anew only after its cause was gone, or so long after",
    )
    topic_prefix: str = Field(
        "tournee/alerts",
        pattern=r"^([^#+]+[^#+/])?$",
        description="Topics of alerts start with it; outside broker.topic_prefix; empty tells nobody over MQTT",
    )
    webhooks: tuple[WebhookSettings, ...] = Field(
        (),
        description="Receivers over HTTP, such as [{name: desk, url: 'https://desk.example/hook', kinds: [fire, overflow]}]",
    )
    webhook_timeout_s: float = Field(10.0, gt=0, le=60, description="How long a receiver may take to answer")
    retry_wait_max_s: float = Field(
        3_600.0, gt=0, le=86_400, description="Longest pause between two tries to tell somebody"
    )
    give_up_days: float = Field(
        3.0, gt=0, le=90, description="Age at which an announcement is given up; it stays in the store"
    )
    secret: SecretStr = Field(
        SecretStr(""), description="Secret that signs webhooks: whsec_ and 24 to 64 bytes in base64"
    )
    secret_file: Path | None = Field(None, description="File whose first line is that secret")

    @field_validator("webhooks")
    @classmethod
    def _must_differ(cls, webhooks: tuple[WebhookSettings, ...]) -> tuple[WebhookSettings, ...]:
        if len({webhook.name for webhook in webhooks}) < len(webhooks):
            message = "receivers with a name of their own each"
            raise ValueError(message)
        return webhooks

    def channels(self, kind: AlertKind) -> tuple[str, ...]:
        """Return the names of those who are told of alerts of a kind."""
        told = tuple(hook.name for hook in self.webhooks if not hook.kinds or kind in hook.kinds)
        return ((MQTT,) if self.topic_prefix else ()) + told
