"""A wrong setting is one line that names the key, the value, what was expected and the nearest known key."""

from __future__ import annotations

from pathlib import Path

import pytest

from tournee.errors import ConfigError
from tournee.settings import Settings, load_settings

ROOT = Path(__file__).resolve().parents[2]


def load(folder: Path, text: str, **environ: str) -> Settings:
    path = folder / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return load_settings(path, environ)


def test_the_file_that_ships_says_the_defaults() -> None:
    assert load_settings(ROOT / "config.yaml", {}) == load_settings(None, {}) == Settings()


def test_the_file_changes_defaults_and_the_environment_changes_the_file(tmp_path: Path) -> None:
    text = "broker: {host: file, port: 1}\nforecast: {quantiles: [0.1, 0.9]}"
    settings = load(tmp_path, text, TOURNEE_BROKER__HOST="environment", TOURNEE_TOWN__LANGUAGE="fr", HOME="/")
    assert (settings.broker.host, settings.broker.port, settings.town.language) == ("environment", 1, "fr")
    assert settings.forecast.quantiles == (0.1, 0.9)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "broker: {hots: x}",
            "broker.hots: 'x' is not valid: expected a known key; did you mean `broker.host`?",
        ),
        (
            "brokr: {host: x}",
            "brokr: {'host': 'x'} is not valid: expected a known section; did you mean `broker`?",
        ),
        ("broker: {port: eighty}", "broker.port: 'eighty' is not valid: expected a valid integer"),
        ("broker: {port: 70000}", "broker.port: 70000 is not valid: expected less than or equal to 65535"),
        (
            "town: {timezone: Mars/Olympus}",
            "town.timezone: 'Mars/Olympus' is not valid: expected an IANA time zone",
        ),
        ("town: {language: de}", "town.language: 'de' is not valid: expected 'en' or 'fr'"),
        ("broker: 7", "broker: 7 is not valid: expected"),
        ("- a list", "expected sections with keys"),
        ("broker: [", "expected YAML"),
        (
            "api: {key: secret}",
            "api.key: '***' is not valid: expected no secret in a file that is shared: set TOURNEE_API__KEY",
        ),
        (
            "alerts: {webhooks: [{name: desk, url: 'http://desk.example/'}]}",
            "alerts.webhooks.0.url: 'http://desk.example/' is not valid: expected an address that starts with https://",
        ),
        (
            "alerts: {webhooks: [{name: desk, url: 'https://me:pw@desk.example/'}]}",
            "without a password in it",
        ),
        ("alerts: {webhooks: [{name: desk, url: 'ftp://127.0.0.1/'}]}", "alerts.webhooks.0.url"),
        (
            "alerts: {webhooks: [{name: mqtt, url: 'https://desk.example/'}]}",
            "expected another name than mqtt",
        ),
        (
            "alerts: {webhooks: [{name: a, url: 'https://a.example/'}, {name: a, url: 'https://b.example/'}]}",
            "expected receivers with a name of their own each",
        ),
        (
            "alerts: {webhooks: [{name: a, address: 'https://a.example/'}]}",
            "alerts.webhooks.0.url",
        ),
        (
            "alerts: {webhooks: [{name: a, url: 'https://a.example/', kind: [fire]}]}",
            "alerts.webhooks.0.kind: ['fire'] is not valid: expected a known key",
        ),
        ("alerts: {topic_prefix: 'tournee/#'}", "alerts.topic_prefix"),
        ("alerts: {secret: whsec_x}", "alerts.secret: '***' is not valid: expected no secret in a file"),
        ("api: {key_file: nowhere}", "api.key_file: 'nowhere' is not valid: expected a readable file"),
    ],
)
def test_a_wrong_file_says_so_in_one_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError) as wrong:
        load(tmp_path, text)
    assert said in str(wrong.value)
    assert "\n" not in str(wrong.value)


def test_a_section_can_t_be_overridden_by_a_word(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="broker: 7"):
        load(tmp_path, "broker: 7", TOURNEE_BROKER__PORT="8")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.yaml.*No such file"):
        load_settings(tmp_path / "none.yaml", {})


def test_secrets_come_from_the_environment_or_a_file_and_are_never_shown(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("open sesame\n", encoding="utf-8")
    settings = load(tmp_path, f"api: {{key_file: {tmp_path}/key}}", TOURNEE_BROKER__PASSWORD="1234")
    assert settings.api.key.get_secret_value() == "open sesame"
    assert settings.broker.password.get_secret_value() == "1234"
    told = load(tmp_path, f"alerts: {{secret_file: {tmp_path}/key}}").alerts
    assert told.secret.get_secret_value() == "open sesame"
    assert "sesame" not in repr(told)
    assert "1234" not in repr(settings)
    assert "sesame" not in repr(settings)
