"""A report -> its pages, each in one file: whatever a bin is called, it stays text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, Protocol

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from optimizer.reports.words import Words
from tournee.numerals import LANGUAGES, Language

ENVIRONMENT = Environment(
    # Every report keeps its template beside it, so a template is named by its path in `optimizer/`.
    loader=FileSystemLoader(Path(__file__).parents[1]),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


class Headline(NamedTuple):
    """The one figure to remember, what else it means, and how it was measured."""

    claim: str
    more: str
    measured: str = ""


class Report(Protocol):
    """What every page shows above what is its own.

    Its words have a `title`, a `no_headline`, a `reading` and one or more `reading_…`: how to read the page.
    """

    @property
    def words(self) -> Words:
        """The language of the page."""
        ...

    @property
    def about(self) -> str:
        """What the report is about, in a line or two."""
        ...

    @property
    def headline(self) -> Headline | None:
        """The figure to remember; none where nothing can be said."""
        ...


def page(template: str, report: Report) -> str:
    """Return a report's page; its template extends `reports/templates/page.html`."""
    return ENVIRONMENT.get_template(template).render(report=report, words=report.words)


def write_pages(folder: Path, page_in: Callable[[Language], str]) -> list[Path]:
    """Write `report-en.html` and `report-fr.html` into a folder; return their paths."""
    paths = {language: folder / f"report-{language}.html" for language in LANGUAGES}
    for language, path in paths.items():
        path.write_text(page_in(language), encoding="utf-8")
    return list(paths.values())
