"""What the import checker cannot see: foreign keys, writes at the edges, sizes, clocks, and what each app must have."""

import ast
import re
from datetime import date
from pathlib import Path

import pytest
from django.apps import apps

from onhand.kernel.acts import all_acts
from onhand.kernel.models import Versioned
from onhand.kernel.subjects import find_subject_type
from tests.architecture.source import ROOT, SOURCE, Module, modules

LAYERS = (  # from the ground up
    *(
        "kernel",
        "staff",
        "customers",
        "guidelines",
        "ledger",
        "catalogue",
        "knowledge",
        "contacts",
        "routing",
        "approvals",
        "receipts",
        "procedures",
        "coupons",
        "payments",
        "invoicing",
        "orders",
        "billing",
        "classifying",
        "rules",
        "channels",
        "webhooks",
        "connectors",
        "web",
        "config",
    ),
)
LONGEST_FILE, LONGEST_FUNCTION = 500, 60
# Longer than allowed, with the day by which it is to be cut: "path" or "path:function".
TOO_LONG: dict[str, date] = {}

# Where the clock is read: at the doors through which time comes in, and in what runs by the clock.
CLOCKS = (
    "staff/sign_in_notes.py",  # the sign-in library tells of it without a time
    *("config/", "web/", "kernel/sealing.py", "kernel/rates.py", "staff/sign_in.py", "staff/single_sign_on.py"),
    "customers/privacy_tasks.py",  # runs by the clock
    "staff/apps.py",  # roles made after a migration
    "staff/subjects.py",  # tokens offered in a form: those valid now
    # things, addresses and persons offered in a form: those who may be used now
    *("customers/reference_types.py", "customers/identification/subjects.py"),
    "customers/tasks.py",
    *("ledger/tasks.py", "invoicing/tasks.py", "billing/tasks.py"),  # run by the clock
    "contacts/surveys/tasks.py",
    "contacts/contact_tasks.py",
    "channels/email/tasks.py",
    *("classifying/tasks.py", "rules/tasks.py", "payments/asking_tasks.py", "coupons/tasks.py"),  # run by the clock
    *("webhooks/tasks.py", "connectors/tasks.py"),  # run by the clock
    # run by the clock; and seats are made for, and locked before, whoever asks
    *("routing/tasks.py", "routing/router/running.py", "routing/subjects.py", "routing/callbacks/tasks.py"),
)
WRITING = re.compile(
    r"(\.objects(\.\w+\(.*\))*\.(create|bulk_create|bulk_update|get_or_create|update_or_create|update|delete))$|\.save$|\.bulk_create$"
)
WRITING_SQL = re.compile(r"\b(insert into|update \w+ set|delete from|truncate)\b", re.IGNORECASE)


def app_of(module: Module) -> str:
    return module.name.split("/")[0]


def test_foreign_keys_go_down_only() -> None:
    for model in apps.get_models():
        module = model.__module__.split(".")
        if module[0] != "onhand":
            continue
        for field in model._meta.get_fields(include_hidden=True):
            if not (field.concrete and field.is_relation) or not isinstance(field.related_model, type):
                continue
            target = field.related_model.__module__.split(".")
            if target[0] == "onhand":
                assert LAYERS.index(target[1]) <= LAYERS.index(module[1]), (
                    f"{model.__name__}.{field.name} leads upwards"
                )


def test_the_kernel_keeps_ids_not_foreign_keys() -> None:
    for model in apps.get_app_config("kernel").get_models():
        assert not [f.name for f in model._meta.get_fields() if f.is_relation], model


def test_subjects_of_acts_have_a_version() -> None:
    for act in all_acts():
        kind = find_subject_type(act.subject)
        assert kind is not None, f"{act.name} acts on {act.subject!r}, which no app registered"
        assert issubclass(kind.model, Versioned), act.subject


def test_every_act_goes_through_the_decision() -> None:
    """Nobody but `perform` calls an act's function, nobody but it and the bulk path writes records, and both ask the authority first."""
    callers, writers = set(), set()
    for module in modules():
        for name, _call in module.calls():
            if re.search(r"(^|\.)(act|acts)(\.\w+)*\.function$|get_act\(.*\)\.function$", name):
                callers.add(module.name)
            if name.endswith("insert_sealed") or name == "sign_and_write":
                writers.add(module.name)
    assert callers == {"kernel/perform.py"}
    assert writers == {"kernel/perform.py", "kernel/bulk.py", "kernel/records.py", "kernel/redaction.py"} & writers
    source = (SOURCE / "kernel/perform.py").read_text()
    run = source[source.index("def _run(") : source.index("def _question(")]
    assert (
        0
        < run.index("_decided(request, question)")
        < run.index("act.function(")
        < run.index("to_count(question, decision)")
        < run.index("settle(question, decision, counted)")
    )


def test_pages_and_api_write_nothing_themselves() -> None:
    found = []
    for module in modules():
        if app_of(module) != "web" or module.is_migration or module.name == "web/operations.py":
            continue
        found += [f"{module.name}:{call.lineno} {name}" for name, call in module.calls() if WRITING.search(name)]
        found += [
            f"{module.name}:{node.lineno} SQL"
            for node in ast.walk(module.tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and WRITING_SQL.search(node.value)
        ]
    assert not found, "do it by an act or an operation: " + ", ".join(found)


def sizes() -> list[tuple[str, int, int]]:
    """(what, lines, most)"""
    found = []
    for module in modules():
        if module.is_migration:
            continue
        found.append((module.name, len(module.text.splitlines()), LONGEST_FILE))
        for function in module.functions():
            lines = (function.end_lineno or function.lineno) - function.lineno + 1
            found.append((f"{module.name}:{function.name}", lines, LONGEST_FUNCTION))
    return found


def test_files_and_functions_are_short() -> None:
    long = {what: lines for what, lines, most in sizes() if lines > most}
    unexpected = {what: lines for what, lines in long.items() if what not in TOO_LONG}
    assert not unexpected, f"cut along the grain: {unexpected}"
    assert not TOO_LONG.keys() - long.keys(), "these are short again; take them off the list"
    overdue = [what for what, day in TOO_LONG.items() if day < date.today()]  # noqa: DTZ011  (a day of grace is no matter)
    assert not overdue, f"their day has passed: {overdue}"


def test_time_is_passed_in() -> None:
    clock = re.compile(r"(^|\.)(datetime|timezone|date|time)\.(now|utcnow|today|localtime|time)$|^(now|today)$")
    found = [
        f"{module.name}:{call.lineno} {name}"
        for module in modules()
        if not module.name.startswith(CLOCKS) and not module.is_migration
        for name, call in module.calls()
        if clock.search(name)
    ]
    assert not found, "take the time as an argument: " + ", ".join(found)


def test_every_act_is_explained_and_tested() -> None:
    tests = "".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    for act in all_acts():
        assert len(act.doc) > 10, act.name
        assert act.doc.endswith("."), f"{act.name}: the docstring is shown to people; end it with a full stop"
    untested = [a.name for a in all_acts() if not any(f'"{n}"' in tests for n in (a.name, a.name.partition(".")[2]))]
    assert not untested, f"no test names {untested}"


def test_migrations_have_spoken_names() -> None:
    names = [path.stem for path in SOURCE.rglob("migrations/0*.py")]
    assert names
    assert not [name for name in names if "auto" in name or not re.fullmatch(r"\d{4}_[a-z][a-z_0-9]+", name)]


@pytest.mark.parametrize("app", LAYERS)
def test_every_app_says_what_it_is(app: str) -> None:
    lines = (SOURCE / app / "README.md").read_text().splitlines()
    assert 10 <= len(lines) <= 30, f"{len(lines)} lines"


def test_the_architecture_page_names_the_apps_there_are() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text()
    named = set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE))
    there = {path.name for path in SOURCE.iterdir() if (path / "__init__.py").exists()}
    assert named == there == set(LAYERS)


FORBIDDEN = {"utils", "helpers", "common", "manager", "managers", "misc", "util", "base"}


def test_files_are_named_for_what_they_hold() -> None:
    assert not [m.name for m in modules() if Path(m.name).stem in FORBIDDEN or Path(m.name).parent.name in FORBIDDEN]
    assert not [
        f"{m.name}:{f.name}" for m in modules() for f in m.functions() if f.name.startswith(("do_it", "handle_data"))
    ]


def test_every_public_function_of_the_kernel_says_what_it_does() -> None:
    for module in modules():
        if app_of(module) == "kernel" and not module.is_migration:
            for node in module.tree.body:
                if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                    assert ast.get_docstring(node), f"{module.name}:{node.name}"
