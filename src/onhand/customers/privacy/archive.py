"""
The archive of everything held about a person: for programs (`data.json`, described in `schema.json`), for spreadsheets (one CSV a
section), for people (`index.html`, complete in itself), and `manifest.json` with the SHA-256 of each file.
"""

import csv
import hashlib
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import partial
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext as _

from onhand.customers.privacy.holdings import Column, Holding, Row

FORMAT = "onhand-personal-data/1"
ROWS_ON_THE_PAGE = 1_000  # of one section; all of them are in the CSV
MOST_COLUMNS = 10  # of a table people read; more are written line by line
REPORT_EVERY = 2_000  # rows
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
Progress = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class About:
    """Whom an archive is about, and when it was made."""

    name: str
    reference: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Part:
    """A section as written to temporary files."""

    holding: Holding
    rows: int


def write_archive(
    target: IO[bytes], about: About, holdings: Sequence[Holding], members: Sequence[int], progress: Progress
) -> int:
    """
    Write the archive in the language in force; return how many rows are in it. `progress` is told section and rows so far. Each row is
    read once and goes to disk at once: memory does not grow with the file.
    """
    with TemporaryDirectory(prefix="onhand-export-") as place:
        folder = Path(place)
        parts: list[Part] = []
        total = 0
        for holding in holdings:
            if holding.columns:
                parts.append(_write_section(folder, holding, members, partial(_report, progress, holding.name, total)))
                total += parts[-1].rows
        _assemble(target, folder, about, parts)
    return total


def _report(progress: Progress, section: str, before: int, rows: int) -> None:
    progress(section, before + rows)


def _write_section(folder: Path, holding: Holding, members: Sequence[int], progress: Callable[[int], None]) -> Part:
    count = 0
    with (
        (folder / f"{holding.name}.json").open("w", encoding="utf-8") as data,
        (folder / f"{holding.name}.csv").open("w", encoding="utf-8", newline="") as sheet,
        (folder / f"{holding.name}.html").open("w", encoding="utf-8") as page,
    ):
        lines = csv.writer(sheet)
        lines.writerow([_cell(str(column.label)) for column in holding.columns])
        for row in holding.rows(members):
            data.write((",\n" if count else "\n") + json.dumps(machine_row(row), ensure_ascii=False))
            words = [in_words(column, row.get(column.name)) for column in holding.columns]
            lines.writerow([_cell(word) for word in words])
            if count < ROWS_ON_THE_PAGE:
                page.write(_page_row(holding, words))
            count += 1
            if count % REPORT_EVERY == 0:
                progress(count)
    progress(count)
    return Part(holding, count)


def _page_row(holding: Holding, words: Sequence[str]) -> str:
    if len(holding.columns) <= MOST_COLUMNS:
        return "<tr>" + "".join(f"<td>{escape(word)}</td>" for word in words) + "</tr>\n"
    labelled = zip(holding.columns, words, strict=True)
    facts = (f"<dt>{escape(str(column.label))}</dt><dd>{escape(word)}</dd>" for column, word in labelled if word)
    return f"<dl>{''.join(facts)}</dl>\n"


def machine_row(row: Row) -> dict[str, Any]:
    """A row as JSON: times in UTC as ISO 8601, dates as ISO 8601, choices by their stored names."""
    return {name: _machine(value) for name, value in row.items()}


def _machine(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.isoformat() if isinstance(value, date | time) else value


def in_words(column: Column, value: Any) -> str:
    """One value as people read it."""
    match value:
        case None | "" | [] | {}:
            return ""
        case bool():
            return _("yes") if value else _("no")
        case datetime():
            return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
        case date() | time():
            return value.isoformat()
        case list():
            return ", ".join(in_words(column, one) for one in value)
        case dict():
            return "; ".join(f"{key}: {in_words(column, inner)}" for key, inner in value.items())
    return str(column.choices.get(value, value)) if column.choices else str(value)


def _cell(text: str) -> str:
    """A cell no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _assemble(target: IO[bytes], folder: Path, about: About, parts: Sequence[Part]) -> None:
    sums: dict[str, str] = {}
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        _add(archive, sums, "index.html", _page(folder, about, parts))
        _add(archive, sums, "data.json", _data(folder, about, parts))
        _add(archive, sums, "schema.json", iter([json.dumps(schema(parts), indent=1, ensure_ascii=False)]))
        for part in parts:
            source = folder / f"{part.holding.name}.csv"
            _add(archive, sums, f"csv/{part.holding.name}.csv", _pieces(source, begin="\ufeff"))
        listed = {"format": FORMAT, "made_at": _machine(about.at), "reference": about.reference, "sha256": sums}
        archive.writestr("manifest.json", json.dumps(listed, indent=1))


def _add(archive: zipfile.ZipFile, sums: dict[str, str], name: str, text: Iterator[str]) -> None:
    digest = hashlib.sha256()
    with archive.open(name, "w", force_zip64=True) as member:
        for piece in text:
            encoded = piece.encode()
            digest.update(encoded)
            member.write(encoded)
    sums[name] = digest.hexdigest()


def _pieces(source: Path, begin: str = "") -> Iterator[str]:
    yield begin
    with source.open(encoding="utf-8", newline="") as text:
        while piece := text.read(1 << 18):
            yield piece


def _data(folder: Path, about: About, parts: Sequence[Part]) -> Iterator[str]:
    head = {"format": FORMAT, "made_at": _machine(about.at), "reference": about.reference, "language": get_language()}
    yield json.dumps(head, ensure_ascii=False)[:-1] + ',\n"sections": {'
    for number, part in enumerate(parts):
        yield (",\n" if number else "\n") + json.dumps(part.holding.name) + ": ["
        yield from _pieces(folder / f"{part.holding.name}.json")
        yield "]"
    yield "\n}}\n"


def schema(parts: Sequence[Part]) -> dict[str, Any]:
    """A JSON schema of `data.json`: what each section and column means, and the words for each choice."""
    sections = {}
    for part in parts:
        columns = {column.name: _described(column) for column in part.holding.columns}
        sections[part.holding.name] = {
            "title": str(part.holding.label),
            "type": "array",
            "items": {"type": "object", "properties": columns},
        }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": _("Everything held about a person"),
        "type": "object",
        "required": ["format", "made_at", "reference", "sections"],
        "properties": {
            "format": {"const": FORMAT},
            "made_at": {"type": "string", "format": "date-time"},
            "reference": {"type": "string"},
            "language": {"type": "string"},
            "sections": {"type": "object", "properties": sections},
        },
    }


def _described(column: Column) -> Mapping[str, Any]:
    described: dict[str, Any] = {"title": str(column.label)}
    if column.choices:
        described["oneOf"] = [{"const": value, "title": str(label)} for value, label in column.choices.items()]
    return described


_STYLE = """
:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.6rem;line-height:1.2}h2{font-size:1.15rem;margin:2.5rem 0 .5rem}nav ul{columns:3 14rem;padding:0;list-style:none}
.frame{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.875rem}th,td{text-align:start;vertical-align:top;
padding:.35rem .75rem .35rem 0;border-bottom:1px solid color-mix(in srgb,currentColor 18%,transparent);overflow-wrap:break-word}
dl{display:grid;grid-template-columns:minmax(8rem,16rem) 1fr;gap:.25rem 1rem;margin:0 0 1rem}dt{opacity:.7}dd{margin:0}
th{font-weight:600;white-space:nowrap}.quiet{opacity:.7}@media print{nav{display:none}body{margin:0}}
"""


def _page(folder: Path, about: About, parts: Sequence[Part]) -> Iterator[str]:
    title = _("Everything we hold about you")
    yield (
        f'<!doctype html><html lang="{get_language()}" dir="{"rtl" if get_language_bidi() else "ltr"}"><head>'
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body><h1>{escape(title)}</h1>"
        f"<p>{escape(about.name)} · {escape(about.reference)} · {about.at.astimezone(UTC):%Y-%m-%d %H:%M} UTC</p><p>"
    )
    yield escape(
        _(
            "The same is in data.json for programs and in the folder csv for spreadsheets. Times are in UTC. People who work for us"
            " are named by what they do, and of other persons only the name is given."
        )
    )
    yield "</p><nav><ul>"
    for part in parts:
        yield f'<li><a href="#{part.holding.name}">{escape(str(part.holding.label))}</a> ({part.rows})</li>'
    yield "</ul></nav>"
    for part in parts:
        yield from _section(folder, part)
    yield "</body></html>\n"


def _section(folder: Path, part: Part) -> Iterator[str]:
    holding = part.holding
    yield f'<section><h2 id="{holding.name}">{escape(str(holding.label))}</h2>'
    if not part.rows:
        yield f'<p class="quiet">{escape(_("Nothing."))}</p></section>'
        return
    if part.rows > ROWS_ON_THE_PAGE:
        said = _("The first %(shown)s of %(count)s; all of them are in csv/%(name)s.csv.")
        yield f"<p>{escape(said % {'shown': ROWS_ON_THE_PAGE, 'count': part.rows, 'name': holding.name})}</p>"
    if len(holding.columns) > MOST_COLUMNS:
        yield from _pieces(folder / f"{holding.name}.html")
        yield "</section>"
        return
    heads = "".join(f'<th scope="col">{escape(str(column.label))}</th>' for column in holding.columns)
    yield f'<div class="frame"><table><thead><tr>{heads}</tr></thead><tbody>'
    yield from _pieces(folder / f"{holding.name}.html")
    yield "</tbody></table></div></section>"
