"""Write `config.yaml` and `docs/settings.md` from the settings themselves, so that neither can go stale."""

from __future__ import annotations

import json
import sys
import textwrap
from pathlib import Path
from typing import get_args, get_origin

from pydantic.fields import FieldInfo

from tournee.settings import ENV_PREFIX, SECRETS, Section, Settings

ROOT = Path(__file__).resolve().parents[1]
WIDTH = 110


def config_text() -> str:
    """Return `config.yaml`: every key with what it means and its default."""
    lines = [
        "# Tournée's settings: every key, with its default. Delete what you do not change.",
        f"# Any key can be overridden from the environment: {ENV_PREFIX}SECTION__KEY, such as",
        f"# {ENV_PREFIX}BROKER__HOST=broker.example. Secrets come only from the environment or a file.",
    ]
    for name, section in sections().items():
        lines += ["", f"# {summary(section)}", f"{name}:"]
        for key, field in section.model_fields.items():
            lines += textwrap.wrap(about(field), WIDTH, initial_indent="  # ", subsequent_indent="  # ")
            if f"{name}.{key}" in SECRETS:
                lines.append(f"  # {key}: set {SECRETS[f'{name}.{key}']}, or name a {key}_file")
            else:
                lines.append(f"  {key}: {shown(field)}")
    return "\n".join(lines) + "\n"


def page_text() -> str:
    """Return `docs/settings.md`: one table per section."""
    lines = [
        "# Settings",
        "",
        "<!-- Written by `make docs` from tournee/settings/sections.py: change it there. -->",
        "",
        "`config.yaml` in the folder where `tournee` starts, or the file that `--config` names. Every key has the",
        f"default below, and can be overridden from the environment as `{ENV_PREFIX}SECTION__KEY`. A wrong key, type or range",
        "is one line on standard error and exit code 2. Secrets come from the environment or from a file.",
    ]
    for name, section in sections().items():
        lines += [
            "",
            f"## `{name}`",
            "",
            summary(section),
            "",
            "| key | default | meaning |",
            "|---|---|---|",
        ]
        for key, field in section.model_fields.items():
            default = (
                f"secret: `{SECRETS[f'{name}.{key}']}`" if f"{name}.{key}" in SECRETS else f"`{shown(field)}`"
            )
            lines.append(f"| `{key}` | {default} | {about(field)} |")
    return "\n".join(lines) + "\n"


def sections() -> dict[str, type[Section]]:
    """Return every section by name, in order."""
    return {
        name: field.annotation
        for name, field in Settings.model_fields.items()
        if isinstance(field.annotation, type) and issubclass(field.annotation, Section)
    }


def summary(section: type[Section]) -> str:
    """Return the first line of a section's docstring."""
    return (section.__doc__ or "").strip().splitlines()[0]


def about(field: FieldInfo) -> str:
    """Return what a key means, its choices and its bounds."""
    bounds = bounds_of(field)
    choices = (
        [str(choice) for choice in get_args(field.annotation)]
        if "Literal" in str(get_origin(field.annotation))
        else []
    )
    notes = ["one of " + ", ".join(choices)] if choices else [" and ".join(bounds)] if bounds else []
    return f"{field.description} ({notes[0]})" if notes else str(field.description)


def bounds_of(field: FieldInfo) -> list[str]:
    """Return the least and the most that a number may be, in words."""
    return [
        f"{word} {getattr(rule, name):,}"
        for rule in field.metadata
        for name, word in BOUNDS
        if hasattr(rule, name)
    ]


BOUNDS = (("ge", "at least"), ("gt", "above"), ("le", "at most"), ("lt", "below"))


def shown(field: FieldInfo) -> str:
    """Return a default as YAML."""
    default = field.default
    if isinstance(default, Path):
        return default.as_posix()
    return json.dumps(list(default) if isinstance(default, tuple) else default, ensure_ascii=False)


def main() -> None:
    """Write both files."""
    (ROOT / "config.yaml").write_text(config_text(), encoding="utf-8")
    (ROOT / "docs" / "settings.md").write_text(page_text(), encoding="utf-8")
    sys.stdout.write("config.yaml and docs/settings.md are up to date\n")


if __name__ == "__main__":
    main()
