"""What customers are reached and recognised by comes and goes, and the record says how it was learnt."""

from typing import Any

import pytest

from onhand.customers.enums import Confidence, IdentitySource
from onhand.customers.finding.find import search_customers
from onhand.customers.models import Identity
from onhand.kernel.actor import ActorKind
from onhand.kernel.errors import NotPossible
from tests.customers.acting import do
from tests.factories import NOON, make_actor, make_customer

pytestmark = pytest.mark.django_db

KINDS: list[tuple[str, str, dict[str, Any], str, str]] = [
    ("add_email", "remove_email", {"email": "Ana@Example.COM"}, "emails", "Ana@example.com"),
    ("add_telephone", "remove_telephone", {"telephone": "+34 910 123 456"}, "telephones", "+34910123456"),
    ("add_handle", "remove_handle", {"network": "Telegram", "handle": "@ana"}, "handles", "telegram: ana"),
    ("add_customer_number", "remove_customer_number", {"customer_number": "kd 12-7"}, "customer_numbers", "KD12-7"),
    ("add_account_number", "remove_account_number", {"account_number": "es91 2100"}, "account_numbers", "ES912100"),
]


@pytest.mark.parametrize(
    ("add", "remove", "given", "key", "shown"), KINDS, ids=lambda one: one if isinstance(one, str) else ""
)
def test_each_kind_comes_goes_and_comes_again(
    add: str, remove: str, given: dict[str, Any], key: str, shown: str
) -> None:
    customer = make_customer()
    outcome = do(add, customer, **given, label="work")
    assert (outcome.before[key], outcome.after[key]) == ([], [shown])
    assert outcome.after["labels"] == [{"label": "work", "of": shown}]
    first = Identity.objects.get()
    assert (first.valid_from, first.withdrawn_at) == (NOON, None)
    with pytest.raises(NotPossible):
        do(add, customer, **given | {name: value.swapcase() for name, value in given.items()})
    field = next(name for name in given if name != "network")
    assert do(remove, customer, **{field: first.pk}).after[key] == []
    first.refresh_from_db()
    assert first.withdrawn_at == NOON
    with pytest.raises(NotPossible) as refused:
        do(remove, customer, **{field: first.pk})
    assert list(refused.value.fields) == [field]
    do(add, customer, **given)
    assert Identity.objects.filter(customer=customer).count() == 2
    assert [one.id for one in search_customers(make_actor(), first.value)] == [customer.pk]


def test_what_is_on_a_merged_row_is_on_the_file() -> None:
    ana = make_customer()
    twin = make_customer(merged_into=ana)
    old = twin.identities.create(kind="email", value="Ana@b.example", created_at=NOON)
    with pytest.raises(NotPossible):
        do("add_email", ana, email="ana@b.example")
    outcome = do("remove_email", ana, email=old.pk)
    assert (outcome.before["emails"], outcome.after["emails"]) == (["Ana@b.example"], [])
    do("add_email", ana, email="ana@b.example")


@pytest.mark.parametrize(
    ("kind", "contact", "learnt"),
    [
        (ActorKind.PERSON, 7, (IdentitySource.STATED, Confidence.STATED)),
        (ActorKind.PERSON, None, (IdentitySource.RECORDED, Confidence.STATED)),
        (ActorKind.AI, 7, (IdentitySource.STATED, Confidence.STATED)),
        (ActorKind.SERVICE, None, (IdentitySource.IMPORTED, Confidence.STATED)),
    ],
)
def test_how_it_was_learnt_is_kept(kind: ActorKind, contact: int | None, learnt: tuple[str, int]) -> None:
    customer = make_customer()
    do("add_email", customer, email="a@b.example", actor=make_actor(kind=kind), contact=contact)
    do("add_account_number", customer, account_number="17", actor=make_actor(kind=kind), contact=contact)
    email, number = Identity.objects.order_by("pk")
    assert (email.source, email.confidence) == learnt
    sure = Confidence.VERIFIED if kind is ActorKind.SERVICE else Confidence.STATED
    assert (number.source, number.confidence) == (IdentitySource.ISSUED, sure)


@pytest.mark.parametrize(
    ("act", "given", "field"),
    [
        *(("add_handle", {"network": "x", "handle": handle}, "handle") for handle in ("@", "a b", "\u2800", "\u0301")),
        ("add_handle", {"network": "\u3164", "handle": "ana"}, "handle"),
        *(
            ("add_customer_number", {"customer_number": number}, "customer_number")
            for number in ("AB", "-", "1;2", "٣", "-1")
        ),
        ("add_account_number", {"account_number": "no figures"}, "account_number"),
        *(("add_email", {"email": email}, "email") for email in ("ana", "a@b", "a b@c.example")),
        *(("add_telephone", {"telephone": number}, "telephone") for number in ("12", "+999 1", "telephone")),
    ],
)
def test_what_cannot_be_one_is_refused_at_its_field(act: str, given: dict[str, str], field: str) -> None:
    customer = make_customer()
    with pytest.raises(NotPossible) as refused:
        do(act, customer, **given)
    assert list(refused.value.fields) == [field]
    assert not Identity.objects.exists()


def test_confirm_identity_makes_it_sure_with_proof() -> None:
    customer, other = make_customer(), make_customer()
    do("add_email", customer, email="a@b.example")
    identity = Identity.objects.get()
    outcome = do("confirm_identity", customer, identity=identity.pk, proof="Called back.")
    assert outcome.after == {"verified": ["a@b.example"], "proof": "Called back."}
    identity.refresh_from_db()
    assert identity.confidence == Confidence.VERIFIED
    for on in (customer, other):  # it is confirmed already; it is not theirs
        with pytest.raises(NotPossible):
            do("confirm_identity", on, identity=identity.pk, proof="x")


def test_mark_shared_and_mark_not_shared() -> None:
    customer = make_customer()
    do("add_telephone", customer, telephone="+34910123456")
    identity = Identity.objects.get()
    assert do("mark_shared", customer, identity=identity.pk).after == {"shared": ["+34910123456"]}
    with pytest.raises(NotPossible):
        do("mark_shared", customer, identity=identity.pk)
    assert do("mark_not_shared", customer, identity=identity.pk).before == {"shared": ["+34910123456"]}
    with pytest.raises(NotPossible):
        do("mark_not_shared", customer, identity=identity.pk)


def test_label_identity_says_what_tells_it_from_the_others() -> None:
    customer = make_customer()
    do("add_email", customer, email="a@b.example")
    identity = Identity.objects.get()
    assert do("label_identity", customer, identity=identity.pk, label="office").after["labels"] == [
        {"label": "office", "of": "a@b.example"}
    ]
    with pytest.raises(NotPossible):
        do("label_identity", customer, identity=identity.pk, label="office")
    assert do("label_identity", customer, identity=identity.pk).after["labels"] == []
