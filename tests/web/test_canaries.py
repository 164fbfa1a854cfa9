"""
What a reader may not see is in nothing they are shown: not in pages, answers to programs, suggestions, hints, errors or logs.
"""

import io
import logging
from collections.abc import Iterator

import pytest
from django.test import Client
from structlog.testing import capture_logs

from onhand.customers.models import IdentityCheck
from onhand.kernel import hints
from onhand.staff.models import Representative
from tests.factories.contacts import make_contact
from tests.factories.staff import make_person, make_site
from tests.web.canaries import LEVEL_1, SEALED, UNSEEN, Planted, answers, leaks, pages, plant

pytestmark = pytest.mark.django_db
ROLES = ("representative", "supervisor", "quality", "ai")  # of each kind of reader one
SEES_LEVEL_1 = ("supervisor",)


@pytest.fixture
def planted(db: None) -> Planted:
    return plant(make_site("Here"), make_site("Elsewhere"))


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The hints that were sent."""
    topics: list[str] = []
    monkeypatch.setattr(hints.notifier, "send", topics.extend)
    return topics


def person_of(role: str, planted: Planted) -> Representative:
    assert planted.seen.site is not None
    return make_person(role, sites=(planted.seen.site,))


def shown_to(person: Representative, planted: Planted) -> Iterator[tuple[str, str]]:
    client = Client(raise_request_exception=False)
    client.force_login(person)
    yield from pages(client, planted)
    yield from answers(person, planted)


def identify(person: Representative, planted: Planted, level: int) -> None:
    """Put the person on a contact with the customer, who is identified that well."""
    from datetime import timedelta

    from django.utils import timezone

    now = timezone.now()
    contact = make_contact(planted.seen, person.pk, started_at=now)
    if level:
        until = now + timedelta(hours=1)
        IdentityCheck.objects.create(
            customer=planted.seen,
            contact_id=contact.pk,
            way="code",
            level=level,
            at=now,
            until=until,
            by_name="x",
        )


@pytest.mark.parametrize("role", ROLES)
def test_nothing_protected_is_shown_without_identification(role: str, planted: Planted, sent: list[str]) -> None:
    person = person_of(role, planted)
    hidden = SEALED | ({} if role == "quality" else UNSEEN)
    hidden |= {} if role in SEES_LEVEL_1 else LEVEL_1
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    logging.getLogger().addHandler(handler)
    try:
        with capture_logs() as logs:
            everything = list(shown_to(person, planted))
    finally:
        logging.getLogger().removeHandler(handler)
    found = {where: leaks(text, hidden) for where, text in everything}
    assert {where: names for where, names in found.items() if names} == {}
    assert leaks(f"{logs} {written.getvalue()}", LEVEL_1 | SEALED | UNSEEN) == []
    assert leaks(" ".join(sent), LEVEL_1 | SEALED | UNSEEN) == []
    if role in SEES_LEVEL_1:  # and sees them all: else nothing would be found because nothing is there
        assert {name for _where, text in everything for name in leaks(text, LEVEL_1)} == set(LEVEL_1)


@pytest.mark.parametrize("level", [0, 1])
def test_what_is_shown_on_a_contact_follows_its_level(level: int, planted: Planted) -> None:
    person = person_of("representative", planted)
    identify(person, planted, level)
    hidden = SEALED | UNSEEN | ({} if level else LEVEL_1)
    everything = list(shown_to(person, planted))
    found = {where: leaks(text, hidden) for where, text in everything}
    assert {where: names for where, names in found.items() if names} == {}
    seen: set[str] = {name for _where, text in everything for name in leaks(text, LEVEL_1)}
    assert seen == (set(LEVEL_1) if level else set()), "the canaries are not where they could be seen"
