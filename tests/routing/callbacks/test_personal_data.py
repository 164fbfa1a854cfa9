"""Who is erased is not called, and what was asked for stays without number and words."""

import pytest

from onhand.customers.privacy.holdings import Scope, TableHolding, all_holdings, settle
from onhand.customers.timeline import Entry
from onhand.routing.callbacks.models import Callback, CallbackTry
from onhand.routing.callbacks.timeline import tell_callback
from onhand.routing.router.running import lead_once
from tests.factories import NOON
from tests.factories.callbacks import NUMBER, arrange, do_callback, work_of
from tests.factories.work import do, make_person, make_seat

pytestmark = pytest.mark.django_db


def holding(name: str) -> TableHolding:
    found = next(one for one in all_holdings() if one.name == name)
    assert isinstance(found, TableHolding)
    return found


def test_erasing_calls_off_and_empties() -> None:
    person = make_person()
    make_seat(person)
    callback = arrange()
    lead_once(NOON)
    do("accept_work", work_of(callback), person)
    do_callback("note_try", callback, person, outcome="busy", note="Said canary")
    scope = Scope((callback.customer_id or 0,), None, NOON)
    settle(scope)
    callback.refresh_from_db()
    assert (callback.ended_why, work_of(callback).state) == ("cancelled", "ended")
    for name in ("callbacks", "callback_tries"):
        while holding(name).erase(scope, 100):
            pass
    callback = Callback.objects.get(pk=callback.pk)
    assert (callback.telephone, callback.matter, callback.tries) == ("", "", 1)
    assert CallbackTry.objects.get().note == ""


def test_what_is_given_out_about_a_person_holds_their_callbacks() -> None:
    callback = arrange()
    (row,) = holding("callbacks").rows([callback.customer_id or 0])
    assert row["telephone"] == NUMBER


def test_the_timeline_tells_it_without_the_number() -> None:
    data = {
        "from": NOON.isoformat(),
        "until": NOON.replace(hour=14).isoformat(),
        "zone": "UTC",
        "soon": False,
        "tries": 2,
        "ended": "not_reached",
        "note": "",
    }
    entry = Entry.__new__(Entry)
    object.__setattr__(entry, "data", data)
    object.__setattr__(entry, "said", "The bill of March")
    told = tell_callback(entry)
    assert told.badges == [("Not reached", "warn")]
    assert ("Tried", "2 times") in told.facts
    assert NUMBER not in repr(told)
