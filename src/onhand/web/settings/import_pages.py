"""What the pages of an import show."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from onhand.customers.contact_points import country_options, language_options
from onhand.customers.enums import ImportState
from onhand.customers.imports import queries
from onhand.customers.imports.kinds import CUSTOMERS, all_kinds, by_name_of, fields_of, find_kind
from onhand.customers.imports.operations import Choices
from onhand.customers.imports.steps import WORKING
from onhand.customers.models import CustomerImport
from onhand.kernel.actor import Actor
from onhand.kernel.errors import ActError
from onhand.kernel.subjects import subject_type
from onhand.web.addresses import address_of

_TONES = {"done": "good", "checked": "info", "failed": "bad", "cancelled": "warn", "undone": ""}
_STEP_OF = {"checking": "checked", "running": "done", "undoing": "undone"}


def list_rows(found: list[CustomerImport]) -> list[dict[str, Any]]:
    """One line an import."""
    return [
        {
            "one": one,
            "url": address_of("settings:import", one.pk),
            "kind": kind_label(one.kind),
            "state": one.get_state_display(),
            "tone": _TONES.get(one.state, "info" if one.state in WORKING else ""),
        }
        for one in found
    ]


def kind_label(name: str) -> str:
    """What a kind of import is called."""
    found = find_kind(name)
    return str(found.label) if found else _("Customers")


def kinds_offered(actor: Actor) -> list[tuple[str, str]]:
    """The kinds this actor may bring in, customers first."""
    return [(CUSTOMERS, _("Customers")), *((k.name, str(k.label)) for k in all_kinds() if actor.may(k.permission))]


def form_of(one: CustomerImport) -> Choices:
    """The choices an import stands with."""
    return Choices(
        mapping={int(place): name for place, name in one.mapping.items()},
        system=one.system,
        country=one.country or _own_country(),
        language=one.language,
        day_first=one.day_first,
        on_match=one.on_match,
    )


def _own_country() -> str:
    return "ES" if settings.LANGUAGE_CODE.startswith("es") else ""


def choosing_page(one: CustomerImport, choices: Choices, error: ActError | None) -> dict[str, Any]:
    """The page on which columns are chosen."""
    columns = [
        {
            "place": place,
            "heading": heading,
            "examples": [row[place] for row in one.examples if place < len(row) and row[place].strip()][:3],
            "field": choices.mapping.get(place, ""),
        }
        for place, heading in enumerate(one.headings)
    ]
    one.system, one.country, one.language, one.day_first = (
        choices.system,
        choices.country,
        choices.language,
        choices.day_first,
    )
    return {
        "title": one.file_name,
        "one": one,
        "columns": columns,
        "fields": [(field.name, field.label) for field in fields_of(one.kind)],
        "is_customers": one.kind == CUSTOMERS,
        "kind": kind_label(one.kind),
        "choices": choices,
        "countries": country_options(),
        "languages_of_customers": language_options(),
        "encodings": [("utf-8", "UTF-8"), ("utf-16", "UTF-16"), ("windows-1252", _("Windows (western)"))],
        "delimiters": [(",", _("Comma")), (";", _("Semicolon")), ("tab", _("Tab")), ("|", _("Bar |"))],
        "delimiter": "tab" if one.delimiter == "\t" else one.delimiter,
        "matches": _matches(one.kind == CUSTOMERS),
        "examples": queries.example_rows(one, choices.mapping),
        "message": error.message if error else one.problem,
        "steps": steps_of("columns"),
    }


def _matches(customers: bool) -> list[tuple[str, str, str]]:
    """What can be done with rows whose thing is there already."""
    fill = _("What is on file stays; new e-mail addresses and numbers are added.")
    new = _("Only new customers are brought in.") if customers else _("Only new ones are brought in.")
    return [
        ("fill", _("Fill in what is empty"), fill if customers else _("What is there stays.")),
        ("update", _("Bring up to date"), _("What the row says takes the place of what is on file.")),
        ("skip", _("Leave as it is"), new),
    ]


def steps_of(current: str) -> list[dict[str, Any]]:
    """The way of an import, and where it stands."""
    names = [("file", _("Upload")), ("columns", _("Columns")), ("check", _("Check")), ("run", _("Run"))]
    place = [name for name, _label in names].index(current)
    return [
        {"label": label, "current": count == place, "past": count < place} for count, (_name, label) in enumerate(names)
    ]


def result_page(actor: Actor, one: CustomerImport) -> dict[str, Any]:
    """The page of an import that is under way, checked or ended."""
    step = _step_shown(one)
    done = "done" in one.counts
    counts = one.counts.get(step, {})
    position, most = one.position, one.chunk_count
    is_ended = one.state in (ImportState.DONE, ImportState.CANCELLED, ImportState.FAILED, ImportState.UNDONE)
    return {
        "title": one.file_name,
        "one": one,
        "state": one.get_state_display(),
        "tone": _TONES.get(one.state, "info"),
        "under_way": one.state in WORKING,
        "may_stop": one.state in (ImportState.CHECKING, ImportState.RUNNING),
        "may_start": _may_start(one),
        "kind": kind_label(one.kind),
        "is_customers": one.kind == CUSTOMERS,
        "may_undo": one.kind == CUSTOMERS and is_ended and one.state != ImportState.UNDONE and _did_something(one),
        "may_forget": one.state not in WORKING and one.emptied_at is None,
        "percent": min(100, round(100 * position / most)) if most else 0,
        "words": _progress_words(one),
        "figures": _figures(step, counts),
        "how": _how(one),
        "problems": queries.problems(one, "done" if done else "checked"),
        "wrong_many": one.counts.get("done" if done else "checked", {}).get("error", 0),
        "alike": queries.alike(actor, one) if one.state == ImportState.CHECKED else [],
        "repeated": one.counts.get("repeated", []) if one.state == ImportState.CHECKED else [],
        "kept": queries.kept(actor, one) if one.state == ImportState.UNDONE else [],
        "customer_page": subject_type("customer").page,
        "steps": steps_of("check" if not done and one.state != ImportState.RUNNING else "run"),
    }


def _step_shown(one: CustomerImport) -> str:
    if one.state in WORKING:
        return _STEP_OF[one.state]
    if one.state == ImportState.UNDONE:
        return "undone"
    return "done" if "done" in one.counts else "checked"


def _did_something(one: CustomerImport) -> bool:
    done = one.counts.get("done", {})
    return bool(done.get("created") or done.get("updated"))


def _may_start(one: CustomerImport) -> bool:
    if one.emptied_at is not None:
        return False
    halfway = "done" in one.counts and one.position < one.chunk_count and "undone" not in one.counts
    return one.state == ImportState.CHECKED or (one.state in (ImportState.CANCELLED, ImportState.FAILED) and halfway)


def _progress_words(one: CustomerImport) -> str:
    if one.state == ImportState.CHECKING and not one.counts.get("read"):
        return ngettext("Reading the file: %(rows)s row so far", "Reading the file: %(rows)s rows so far", one.rows) % {
            "rows": f"{one.rows:,}"
        }
    return _("%(done)s of %(all)s parts, %(rows)s rows in all") % {
        "done": f"{one.position:,}",
        "all": f"{one.chunk_count:,}",
        "rows": f"{one.rows:,}",
    }


def _figures(step: str, counts: dict[str, int]) -> list[tuple[str, int, str]]:
    if step == "undone":
        names = [("removed", _("Removed")), ("restored", _("Put back")), ("kept", _("Kept, changed since"))]
    else:
        names = [
            ("created", _("New")),
            ("updated", _("Changed")),
            ("unchanged", _("As on file")),
            ("skipped", _("Left as they are")),
            ("error", _("Not taken")),
        ]
    return [(str(label), counts.get(name, 0), name) for name, label in names]


def _how(one: CustomerImport) -> list[tuple[str, str]]:
    matches = {"fill": _("Fill in what is empty"), "update": _("Bring up to date"), "skip": _("Leave as it is")}
    known = by_name_of(one.kind)
    columns = ", ".join(
        f"{one.headings[int(place)]} → {known[name].label}"
        for place, name in one.mapping.items()
        if int(place) < len(one.headings) and name in known
    )
    return [
        (_("Columns"), columns),
        (_("Other system"), one.system),
        (_("What is there already"), matches.get(one.on_match, one.on_match)),
        (_("Brought by"), one.started_by_name),
    ]
