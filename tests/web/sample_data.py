"""A customer, a timeline, an act and a form, as the views would give them to the templates."""

from datetime import UTC, datetime
from typing import Any, ClassVar

FILE = "/desk/customers/12"


def shell() -> dict[str, Any]:
    return {
        "language": "en",
        "direction": "ltr",
        "theme": "system",
        "text_size": "100",
        "user": {"id": 3, "name": "Marta Ruiz", "role_label": "Senior representative"},
        "nav": [
            {"label": "Desk", "url": "/desk/", "key": "g d"},
            {"label": "Customers", "url": "/desk/customers", "key": "g c", "current": True},
            {"label": "Settings", "url": "/settings/roles", "key": "g s"},
        ],
        "user_links": [{"label": "Sign-in and devices", "url": "/account/", "icon": "shield"}],
        "work_sections": [
            {
                "title": "Recently open",
                "entries": [
                    {
                        "label": "Ana Núñez Prieto",
                        "hint": "C-7F29Q · Madrid",
                        "age": "2 min",
                        "url": FILE,
                        "current": True,
                    },
                    {"label": "Oluwaseun Adébáyò-Whitfield", "hint": "C-1K83M · Leeds", "age": "14 min", "url": FILE},
                    {"label": "Kaffeerösterei Brandt", "hint": "C-55ZT0 · Bremen", "age": "1 h", "url": FILE},
                    {"label": "נועה לוי", "hint": "C-90QWE · Haifa", "age": "3 h", "url": FILE},
                ],
            },
            {
                "title": "Drafts",
                "entries": [
                    {"label": "Add a note", "hint": "Kaffeerösterei Brandt", "icon": "note", "age": "1 h", "url": FILE}
                ],
            },
            {"title": "Waiting", "entries": [], "empty": "Nothing waits for you."},
        ],
    }


def act_link(name: str, label: str, key: str = "") -> dict[str, str]:
    return {"label": label, "url": f"{FILE}/acts/customers.{name}", "key": key}


def customer() -> dict[str, Any]:
    remove = act_link("remove_email", "Remove")
    return {
        "id": 12,
        "name": "Ana Núñez Prieto",
        "reference": "C-7F29Q",
        "since": 2019,
        "language_label": "Spanish",
        "place": "Madrid",
        "time_zone": "Europe/Madrid",
        "local_time": "21:14",
        "badges": [],
        "erased": "",
        "flags": [
            {
                "label": "Vulnerable",
                "reason": "Lives alone",
                "tone": "info",
                "icon": "shield",
                "line": "set by Eva Lind",
            }
        ],
        "identity": {
            "is_identified": True,
            "needs_contact": False,
            "words": "Identified by a one-time code, 14:02",
            "failed": "",
            "ways": [],
        },
        "contact": {"id": None, "start_url": f"{FILE}/acts/contacts.open_contact"},
        "header_url": f"{FILE}/header",
        "presence_url": f"{FILE}/presence",
        "presence_topic": "here.customer:12",
        "add_points": [act_link("add_telephone", "Add telephone"), act_link("add_email", "Add e-mail")],
        "contact_points": [
            {
                "id": 1,
                "kind": "telephone",
                "kind_label": "Mobile",
                "value": "+34 612 345 678",
                "badges": [{"words": "first", "tone": "accent"}],
                "acts": [remove],
            },
            {"id": 2, "kind": "telephone", "kind_label": "Home", "value": "+34 915 550 142", "acts": [remove]},
            {
                "id": 3,
                "kind": "email",
                "kind_label": "E-mail",
                "value": "ana.nunez.prieto@correo.example",
                "acts": [remove],
            },
        ],
        "addresses": [
            {
                "id": 1,
                "kind_label": "Home",
                "lines": ["Calle de la Palma 41, 2.º B", "28004 Madrid", "Spain"],
                "acts": [act_link("change_address", "Change")],
            },
            {
                "id": 2,
                "kind_label": "Billing",
                "lines": ["Apartado de correos 1180", "28080 Madrid"],
                "acts": [act_link("change_address", "Change")],
            },
        ],
        "facts": [("Prefers", "E-mail, mornings"), ("Sites", "Madrid centre"), ("Company", None)],
    }


def entry(number: int, time: str, kind: str, headline: str, by: str, **more: Any) -> dict[str, Any]:
    hour, minute = map(int, time.split(":"))
    return {
        "id": f"record-{number}",
        "at": datetime(2026, 11, 21, hour, minute, tzinfo=UTC),
        "time": time,
        "kind": kind,
        "headline": headline,
        "by": by,
        **more,
    }


def timeline(headline: str = "Address changed", more: bool = False) -> dict[str, Any]:
    allowed = {
        "outcome": "allow",
        "reason": "Allowed: representatives may change contact data of identified customers.",
    }
    refused = {"outcome": "refuse", "reason": "Refused: 120.00 EUR is above your limit of 50.00 EUR for one refund."}
    today = [
        entry(
            9,
            "14:02",
            "act",
            headline,
            "Marta Ruiz",
            changes=[
                {"label": "Street", "before": "Calle de la Palma 14", "after": "Calle de la Palma 41, 2.º B"},
                {"label": "Postal code", "before": "28015", "after": "28004"},
            ],
            decision=allowed,
            icon="place",
        ),
        entry(
            8,
            "13:58",
            "note",
            "Note",
            "Marta Ruiz",
            said="Moved flat within the building last week. The parcel in transit should go to the new door.",
        ),
        entry(7, "13:41", "act", "Refund of 120.00 EUR", "Jonas Weber", decision=refused),
    ]
    before = [
        entry(
            6,
            "18:20",
            "act",
            "E-mail added",
            "Self-service",
            changes=[{"label": "E-mail", "before": "", "after": "ana.nunez.prieto@correo.example"}],
            icon="email",
        ),
        entry(5, "09:12", "event", "Language changed to Spanish", "Language detection", icon="language"),
        entry(
            4,
            "09:11",
            "act",
            "Telephone removed",
            "Jonas Weber",
            changes=[{"label": "Telephone", "before": "+34 600 000 000", "after": ""}],
            icon="telephone",
        ),
    ]
    days = [
        {"id": "2026-11-21", "label": "Today", "entries": today},
        {"id": "2026-11-20", "label": "Yesterday", "entries": before},
    ]
    if more:
        days = [
            {
                "id": "2026-11-02",
                "label": "2 November",
                "entries": [entry(3, "10:10", "note", "Older note", "Jonas Weber", said="From before.")],
            }
        ]
    tabs = [
        {"label": label, "url": f"{FILE}?show={label}", "current": label == "Everything"}
        for label in ("Everything", "Acts", "Notes", "Contacts")
    ]
    return {
        "tabs": tabs,
        "asked": {"show": "", "words": "", "since": None, "until": None},
        "is_filtered": False,
        "all_url": FILE,
        "down_to": "",
        "looked_back_to": "",
        "days": days,
        "next_url": None if more else f"{FILE}/timeline?before=4",
        "url": f"{FILE}/timeline",
    }


def act() -> dict[str, Any]:
    def one(name: str, label: str, widget: str = "text", **more: Any) -> dict[str, Any]:
        return {
            "name": name,
            "label": label,
            "widget": widget,
            "required": True,
            "help": "",
            "choices": [],
            "default": None,
            "max_length": 200,
            "autocomplete": "",
            "reference": None,
            **more,
        }

    return {
        "label": "Change address",
        "doc": "The new address holds from now on; parcels already sent keep the old one.",
        "url": f"{FILE}/acts/customers.change_address",
        "preview_url": f"{FILE}/acts/customers.change_address/preview",
        "fields": [
            one("line1", "Street and number", help="As it should stand on a parcel."),
            one("line2", "Floor, door, company", required=False),
            one("postal_code", "Postal code", max_length=16),
            one("city", "Town", max_length=32),
            one("country", "Country", "country", choices=[("ES", "Spain"), ("PT", "Portugal"), ("FR", "France")]),
            one("valid_from", "Holds from", "date", required=False),
            one("fee", "Fee", "money", currency="EUR", required=False),
            one("site", "Nearest site", "reference", reference="site", required=False),
            one("tell", "Tell the customer by e-mail", "boolean", required=False),
        ],
    }


VALUES = {"line1": "Calle de la Palma 41", "postal_code": "28004", "city": "Madrid", "country": "ES"}


def act_form(**more: Any) -> dict[str, Any]:
    return {
        "act": act(),
        "values": {},
        "errors": {},
        "idempotency_key": "key-1",
        "expected_version": 7,
        "close_url": FILE,
        "draft_key": "act:customers.change_address:12",
        **more,
    }


def act_answer(kind: str, given: dict[str, list[str]]) -> tuple[str, dict[str, Any], int]:
    typed = {name: value[0] for name, value in given.items()}
    if kind == "errors":
        return (
            "desk/act_form.html",
            act_form(values=typed, errors={"postal_code": ["A Spanish postal code has five figures."]}),
            422,
        )
    if kind == "stale":
        return (
            "desk/act_form.html",
            act_form(values=typed, stale={"message": ""}, current={"line1": "Calle Nueva 3"}),
            409,
        )
    return "desk/act_done.html", {"done": done(), "close_url": FILE}, 200


def done() -> dict[str, Any]:
    return {
        "headline": "The address is changed.",
        "topics": ["customer:12"],
        "draft_key": "act:customers.change_address:12",
        "decision": {"outcome": "allow", "reason": "Parcels already sent keep the old one."},
        "changes": [{"label": "Street", "before": "Calle de la Palma 14", "after": "Calle de la Palma 41, 2.º B"}],
        "undo": {"label": "Undo", "url": f"{FILE}/acts/customers.change_address"},
        "record": "48 213",
    }


def preview(values: dict[str, str]) -> dict[str, Any]:
    if not values.get("line1"):
        return {"missing": "Fill in the street to see what changes."}
    return {
        "decision": {
            "outcome": "allow",
            "reason": "You may change contact data of identified customers.",
            "source": "Role: senior",
        },
        "changes": [{"label": "Street", "before": "Calle de la Palma 14", "after": values["line1"]}],
    }


def palette(query: str) -> list[dict[str, Any]]:
    if query:
        people = ["Ana Núñez Prieto", "Anabel Castro", "Hannah Smith"]
        return [
            {
                "kind": "customer",
                "label": name,
                "hint": "C-7F29Q · Madrid",
                "url": FILE if name.startswith("Ana N") else f"{FILE}{len(name)}",
            }
            for name in people
            if query.lower()[:2] in name.lower()
        ]
    acts = ["Change address", "Add e-mail", "Add telephone", "Change language", "Add a note", "Remove e-mail"]
    return [
        *(
            {
                "kind": "act",
                "label": label,
                "hint": "Ana Núñez Prieto",
                "url": f"{FILE}/acts/customers.{label.lower().replace(' ', '_')}",
            }
            for label in acts
        ),
        {"kind": "page", "label": "Customers", "hint": "", "url": "/desk/customers", "keys": "g c"},
        {"kind": "page", "label": "Roles and permissions", "hint": "Settings", "url": "/settings/roles"},
    ]


def suggestions(query: str) -> list[dict[str, str]]:
    sites = [("1", "Madrid centre", "28004"), ("2", "Madrid north", "28034"), ("3", "Lisbon", "1100")]
    return [
        {"value": value, "label": label, "hint": hint} for value, label, hint in sites if query.lower() in label.lower()
    ]


def customers(query: str) -> dict[str, Any]:
    rows = [
        ("Ana Núñez Prieto", "C-7F29Q", "Madrid", "+34 612 345 678", "ana.nunez.prieto@correo.example", "Spanish"),
        ("Oluwaseun Adébáyò-Whitfield", "C-1K83M", "Leeds", "+44 113 496 0143", "seun@whitfield.example", "English"),
        (
            "Kaffeerösterei Brandt & Töchter GmbH",
            "C-55ZT0",
            "Bremen",
            "+49 421 5550 188",
            "bestellung@brandt.example",
            "German",
        ),
        ("נועה לוי", "C-90QWE", "Haifa", "+972 4 555 0119", "noa@levi.example", "Hebrew"),
        ("Jürgen O’Connor", "C-3M2PL", "Cork", "", "juergen@oconnor.example", "English"),
        ("Maria da Conceição Vasconcelos", "C-88TYU", "Porto", "+351 22 555 0160", "", "Portuguese"),
    ] * 4
    found = [row for row in rows if query.lower() in row[0].lower()]
    keys = ("name", "reference", "place", "telephone", "email", "language")
    listed = [
        {
            "id": number,
            "url": FILE,
            **dict(zip(keys, row, strict=True)),
            "name_parts": [(row[0], False)],
            "place_parts": [(row[2], False)],
            "why": [{"field": "Name", "parts": [(row[0][:3], True), (row[0][3:], False)], "sign": "similar"}],
        }
        for number, row in enumerate(found)
    ]
    return {
        "query": query,
        "customers": listed,
        "next_url": "/desk/customers?after=24",
        "shown": "24 shown",
        "column": "stream",
    }


def home() -> dict[str, Any]:
    at = datetime(2026, 11, 21, 14, 2, tzinfo=UTC)
    return {
        "column": "stream",
        "may_search": True,
        "new_customer_url": "/desk/acts/new",
        "files": [
            {
                "id": 12,
                "url": FILE,
                "name": "Ana Núñez Prieto",
                "reference": "K7F-29Q",
                "place": "Madrid",
                "at": at,
                "ago": "2 min",
            }
        ],
        "done": [
            {
                "id": "record-7",
                "at": at,
                "time": "14:02",
                "label": "Change the address",
                "customer": "Ana Núñez Prieto",
                "url": FILE,
            }
        ],
        "done_many": "1",
        "team": [
            {"id": 4, "url": "/settings/people/4", "name": "Sam Okafor", "acts": "12", "at": at, "ago": "4 min"},
            {"id": 5, "url": "/settings/people/5", "name": "Rosa Field", "acts": "0", "at": None, "ago": ""},
        ],
        "team_acts": 12,
    }


def settings(title: str) -> dict[str, Any]:
    groups = {
        "People": ["Representatives", "Teams", "Sites", "Roles"],
        "Connections": ["API tokens", "Single sign-on"],
        "Inside": ["Events", "Records"],
    }
    return {
        "title": title,
        "lead": "What each role may do. A change holds from the next click of everybody who has the role, and is recorded.",
        "settings_nav": [
            {
                "title": group,
                "entries": [
                    {
                        "label": name,
                        "url": "/settings/roles",
                        "current": name == "Roles",
                        "badge": "2 stalled" if name == "Events" else "",
                        "tone": "warn",
                    }
                    for name in names
                ],
            }
            for group, names in groups.items()
        ],
    }


def role_list() -> dict[str, Any]:
    roles = [
        ("Representative", "42", "18"),
        ("Senior", "9", "27"),
        ("Supervisor", "5", "41"),
        ("Planner", "2", "22"),
        ("Administrator", "1", "64"),
    ]
    rows = [
        {"id": name, "url": "/settings/role", "cells": [name, people, rights, {"text": "Built in", "tone": ""}]}
        for name, people, rights in roles
    ]
    columns = [("Role", ""), ("People", "number"), ("Permissions", "number"), ("Kind", "")]
    new = {"label": "New role", "url": "/settings/form"}
    return {
        **settings("Roles"),
        "columns": columns,
        "rows": rows,
        "new": new,
        "next_url": None,
        "shown": "5 shown",
        "filters": {"url": "/settings/roles"},
    }


def points() -> dict[str, Any]:
    """The panel of contact points, as its view gives it."""
    shown = customer()
    lines = [{"icon": one["kind"], "badges": [], **one} for one in shown["contact_points"]]
    return {
        "template": "desk/panels/contact_points/panel.html",
        "is_identified": True,
        "content": {"points": lines, "addresses": shown["addresses"], "personal": []},
    }


def page(path: str, query: dict[str, str], site: Any) -> tuple[str, dict[str, Any]] | None:
    file = {
        "customer": customer(),
        "panels": [
            {
                "key": "contact_points",
                "label": "Contact points and addresses",
                "shortcut": "1",
                "url": f"{FILE}/points",
                "count": None,
                "is_open": True,
                "opened": points(),
            }
        ],
        "panel": points(),
        "more_acts": [],
        "timeline": timeline(site.headline, more="before" in query),
        "acts": [
            act_link("change_address", "Change address", "a"),
            act_link("change_language", "Change language"),
            act_link("add_email", "Add e-mail"),
            act_link("add_telephone", "Add telephone"),
        ],
        "note": {
            "url": f"{FILE}/acts/customers.add_note",
            "idempotency_key": "note-key",
            "label": "Add a note",
            "field": "text",
            "max_length": 4000,
            "draft_key": "note:12",
        },
        "column": "stream",
    }
    pages: dict[str, tuple[str, dict[str, Any]]] = {
        FILE: ("desk/customer.html", file),
        f"{FILE}/header": ("desk/customer_fragments/header.html", file),
        f"{FILE}/points": ("desk/customer_fragments/panel.html", file),
        f"{FILE}/presence": ("desk/customer_fragments/presence.html", {"here": []}),
        f"{FILE}/timeline": ("desk/customer_fragments/timeline.html", file),
        f"{FILE}/with-act": ("desk/act_page.html", {**file, **act_form(values=VALUES, preview=preview(VALUES))}),
        "/desk/": ("desk/home.html", home()),
        "/desk/customers": ("desk/customers.html", customers(query.get("q", ""))),
        "/desk/keys": ("desk/keys.html", {}),
        "/settings/roles": ("settings/list.html", role_list()),
        "/settings/role": (
            "settings/detail.html",
            {
                **settings("Senior"),
                "panels": [{"title": "Role", "facts": [("Name", "Senior"), ("People", "9")]}],
                "history": timeline()["days"][0]["entries"],
            },
        ),
        "/settings/form": (
            "settings/form.html",
            {
                **settings("New role"),
                "fields": act()["fields"],
                "values": VALUES,
                "errors": {"city": ["Write the town."]},
                "cancel_url": "/settings/roles",
            },
        ),
        "/account/login": (
            "account/login.html",
            {
                "user": None,
                "form": LoginForm(),
                "passkey_url": "/account/passkey",
                "passkey_action": "/account/passkey",
                "reset_url": "/account/reset",
                "providers": [{"name": "Contoso", "url": "/sso"}],
            },
        ),
        "/error": ("errors/500.html", {"user": None, "trace": "4f1c-22ab"}),
    }
    if path.startswith(f"{FILE}/acts/"):
        return "desk/act_form.html", act_form()
    if path == "/settings/table":
        return "settings/form.html", table_page()
    return pages.get(path)


def table_page() -> dict[str, Any]:
    from tests.web.sample_table import table_fields  # only here: it needs Django

    return {
        **settings("New order"),
        "fields": table_fields(),
        "values": {"wanted__0__what": "Lamp", "wanted__0__pieces": "2"},
        "errors": {"wanted": ["Row 1, Pieces: Only one is left."]},
        "cancel_url": "/settings/roles",
    }


class Bound:
    """As much of a Django bound field as the macro asks for."""

    def __init__(self, name: str, label: str, kind: str, errors: list[str] | None = None) -> None:
        from types import SimpleNamespace

        self.name, self.label, self.kind, self.errors, self.help_text = name, label, kind, errors or [], ""
        self.id_for_label, self.use_fieldset = f"id_{name}", False
        self.field = SimpleNamespace(required=True, widget=SimpleNamespace(input_type=kind))

    def as_widget(self, attrs: dict[str, Any] | None = None) -> str:
        from markupsafe import Markup

        said = ((name, value) for name, value in (attrs or {}).items() if value is not False)
        given = Markup(" ").join(Markup('{}="{}"').format(name, value) for name, value in said)
        return Markup('<input type="{}" name="{}" id="{}" {}>').format(self.kind, self.name, self.id_for_label, given)


class LoginForm:
    errors: ClassVar[dict[str, list[str]]] = {}

    def __iter__(self) -> Any:
        return iter(
            [
                Bound("login", "E-mail", "email"),
                Bound("password", "Password", "password"),
                Bound("remember", "Keep me signed in on this device", "checkbox"),
            ]
        )

    def __getitem__(self, name: str) -> Bound:
        bounds: list[Bound] = list(self)
        return next(bound for bound in bounds if bound.name == name)

    def non_field_errors(self) -> list[str]:
        return []
