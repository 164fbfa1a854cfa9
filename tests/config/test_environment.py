"""Settings from the environment."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from onhand.config.command import explain
from onhand.config.environment import Environment, unknown_variables, variable_name
from onhand.config.listing import lines, page


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL")
    for name in Environment.model_fields:
        monkeypatch.delenv(variable_name(name), raising=False)


def test_everything_has_a_default_a_type_and_a_meaning() -> None:
    settings = Environment()
    assert settings.embedded
    assert settings.address == "http://127.0.0.1:8000"
    assert all(field.description for field in Environment.model_fields.values())


def test_lists_are_written_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONHAND_PARTS", "jobs, listeners")
    monkeypatch.setenv("ONHAND_HOSTS", "desk.example.com")
    settings = Environment()
    assert settings.parts == ["jobs", "listeners"]
    assert settings.hosts == ["desk.example.com"]


@pytest.mark.parametrize(
    ("name", "value", "mend"),
    [
        ("ONHAND_PORT", "eighty", "integer"),
        ("ONHAND_PORT", "70000", "65535"),
        ("ONHAND_PARTS", "web,post", "'web', 'jobs', 'listeners' or 'router'"),
        ("ONHAND_PARTS", ",", "web,jobs,listeners,router"),
        ("ONHAND_URL", "desk.example.com", "https://desk.example.com"),
        ("ONHAND_URL", "https://desk.example.com/desk", "without a path"),
        ("ONHAND_TIME_ZONE", "Mars/Olympus", "Europe/Madrid"),
        ("ONHAND_TIME_ZONE", "../../etc/passwd", "Europe/Madrid"),
        ("DATABASE_URL", "mysql://x/y", "postgresql://"),
        ("DATABASE_URL", "postgresql://host", "postgresql://"),
        ("ONHAND_LANGUAGE", "de", "'en' or 'es'"),
    ],
)
def test_a_wrong_value_is_named_with_its_mend(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, mend: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError) as caught:
        Environment()
    said = explain(caught.value)
    assert name in said
    assert mend in said


@pytest.mark.parametrize(
    "url",
    [
        "postgres-wrong://onhand:hush-hush@db/onhand",
        "postgresql://onhand:hush-hush%zz@db/onhand",
        "postgresql://onhand:hush-hush\u2100@db/onhand",
        "postgresql://onhand:hush-hush[@db/onhand",
    ],
)
def test_a_wrong_database_address_is_not_repeated(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    with pytest.raises(ValidationError) as caught:
        Environment()
    assert "hush-hush" not in explain(caught.value)
    assert "%40" in explain(caught.value)


def test_secrets_are_not_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://onhand:hush-hush@db/onhand")
    monkeypatch.setenv("ONHAND_SECRET_KEY", "hush-hush")
    assert "hush-hush" not in "\n".join(lines(Environment()))


def test_misspelt_variables_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONHAND_PROT", "8001")
    assert "ONHAND_PROT" in unknown_variables()


def test_the_listing_names_every_variable() -> None:
    listed = "\n".join(lines(Environment()))
    assert all(variable_name(name) in listed for name in Environment.model_fields)


def test_the_operations_page_is_current() -> None:
    written = (Path(__file__).parents[2] / "docs" / "operations" / "settings.md").read_text(encoding="utf-8")
    assert written == page()
