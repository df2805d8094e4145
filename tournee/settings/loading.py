"""A file and the environment -> `Settings`, or one line that says what is wrong."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import SecretStr, ValidationError
from pydantic_core import ErrorDetails

from tournee.errors import ConfigError
from tournee.settings.section import Section
from tournee.settings.sections import Settings

ENV_PREFIX = "TOURNEE_"
SECRETS = {
    "broker.password": "TOURNEE_BROKER__PASSWORD",
    "alerts.secret": "TOURNEE_ALERTS__SECRET",
    "api.key": "TOURNEE_API__KEY",
}


def load_settings(path: Path | None = None, environ: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings of a file (all defaults without one), overridden by the environment.

    Raises
    ------
    ConfigError
        A key is unknown, a value has the wrong type or leaves its range, or a secret stands in the file.
    """
    values = _read_file(path) if path else {}
    _refuse_secrets(values)
    _override(values, environ)
    try:
        settings = Settings.model_validate(values)
    except ValidationError as invalid:
        raise _explained(invalid.errors()[0]) from None
    return _with_secret_files(settings)


def known_keys() -> dict[str, tuple[str, ...]]:
    """Return every section with its keys, in the order of `config.yaml`."""
    return {
        name: tuple(field.annotation.model_fields)
        for name, field in Settings.model_fields.items()
        if isinstance(field.annotation, type) and issubclass(field.annotation, Section)
    }


def _read_file(path: Path) -> dict[str, Any]:
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as missing:
        raise ConfigError(str(path), missing.strerror, "a readable file") from None
    except yaml.YAMLError as broken:
        raise ConfigError(str(path), str(broken).replace("\n", " "), "YAML") from None
    if not isinstance(values, dict | None):
        raise ConfigError(str(path), values, "sections with keys")
    return {
        section: dict(keys) if isinstance(keys, dict) else keys for section, keys in (values or {}).items()
    }


def _refuse_secrets(values: Mapping[str, Any]) -> None:
    for secret, variable in SECRETS.items():
        section, key = secret.split(".")
        if isinstance(values.get(section), dict) and values[section].get(key):
            raise ConfigError(
                secret, "***", f"no secret in a file that is shared: set {variable} or {key}_file"
            )


def _override(values: dict[str, Any], environ: Mapping[str, str]) -> None:
    for variable, text in environ.items():
        section, separator, key = variable.removeprefix(ENV_PREFIX).lower().partition("__")
        if not variable.startswith(ENV_PREFIX) or not separator:
            continue
        value = text if f"{section}.{key}" in SECRETS else yaml.safe_load(text)
        if not isinstance(values.setdefault(section, {}), dict):
            raise ConfigError(section, values[section], "a section with keys")
        values[section][key] = value


def _explained(problem: ErrorDetails) -> ConfigError:
    key = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        return _unknown(problem["loc"], problem["input"])
    message = problem["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    shown = "***" if key in SECRETS else problem["input"]
    return ConfigError(key, shown, message[0].lower() + message[1:])


def _unknown(place: tuple[int | str, ...], value: object) -> ConfigError:
    section, keys = str(place[0]), known_keys()
    if len(place) == 1:
        near = difflib.get_close_matches(section, keys, n=1, cutoff=0.0)
        return ConfigError(section, value, "a known section", near[0])
    key = str(place[1])
    if len(place) > 2:  # inside an item of a list
        return ConfigError(".".join(map(str, place)), value, "a known key")
    near = difflib.get_close_matches(key, keys[section], n=1, cutoff=0.0)
    return ConfigError(f"{section}.{key}", value, "a known key", f"{section}.{near[0]}")


def _with_secret_files(settings: Settings) -> Settings:
    broker, alerts, api = settings.broker, settings.alerts, settings.api
    if broker.password_file:
        broker = broker.model_copy(update={"password": _secret("broker.password_file", broker.password_file)})
    if alerts.secret_file:
        alerts = alerts.model_copy(update={"secret": _secret("alerts.secret_file", alerts.secret_file)})
    if api.key_file:
        api = api.model_copy(update={"key": _secret("api.key_file", api.key_file)})
    return settings.model_copy(update={"broker": broker, "alerts": alerts, "api": api})


def _secret(key: str, path: Path) -> SecretStr:
    try:
        return SecretStr(path.read_text(encoding="utf-8").splitlines()[0].strip())
    except (OSError, IndexError):
        raise ConfigError(key, str(path), "a readable file with the secret on its first line") from None
