"""Whoever was erased stays erased, also after an older backup was restored."""

from pathlib import Path

import pytest

from onhand.config import erasures
from onhand.customers.models import Customer, Erasure
from onhand.customers.privacy.erasure import erase_next
from onhand.kernel.perform import perform
from tests.factories import NOON, make_actor, make_customer

pytestmark = pytest.mark.django_db(transaction=True)


def test_who_comes_back_with_a_backup_is_erased_again(tmp_path: Path) -> None:
    gone, other = make_customer("Zyxwvu Root"), make_customer("Other Person")
    before = Customer.objects.filter(pk=gone.pk).values().get()
    perform("customers.erase_customer", actor=make_actor(), subject_id=gone.pk, arguments={"basis": "asked"}, at=NOON)
    assert erasures.keep(tmp_path) == 1
    kept = (tmp_path / erasures.FILE).read_text()
    assert gone.reference in kept
    assert "Zyxwvu" not in kept
    while erase_next(Erasure.objects.get().pk, NOON):
        pass
    assert erasures.reapply(tmp_path, NOON) == []
    Erasure.objects.all().delete()  # as an older backup has it: the person is there, the erasure is not
    Customer.objects.filter(pk=gone.pk).update(**before)
    assert erasures.reapply(tmp_path, NOON) == [gone.reference]
    gone.refresh_from_db()
    assert gone.name == f"Erased customer {gone.reference}"
    assert Erasure.objects.get().basis == "asked"
    other.refresh_from_db()
    assert other.name == "Other Person"
    assert erasures.keep(tmp_path) == 1
