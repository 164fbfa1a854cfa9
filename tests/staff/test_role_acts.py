"""Roles change in the browser, on record, and nobody gives what he does not have."""

from typing import Any

import pytest

from onhand.kernel.errors import ArgumentsInvalid, NotPermitted, NotPossible
from onhand.kernel.models import ActRecord
from onhand.kernel.perform import Outcome, perform
from onhand.staff.models import Representative, Role, Site, Team
from tests.factories import NOON
from tests.factories.staff import actor_of, make_person, make_site, make_team, role

pytestmark = pytest.mark.django_db


def do(
    name: str, by: Representative, to: Representative | Role | Team | Site | None = None, **arguments: Any
) -> Outcome:
    return perform(f"staff.{name}", actor=actor_of(by), subject_id=to.pk if to else None, arguments=arguments, at=NOON)


def test_a_role_gains_and_loses_permissions_on_record() -> None:
    administrator, planner = make_person("administrator"), role("planner")
    do("change_role_permissions", administrator, planner, permissions=["staff.view", "records.view"])
    assert role("planner").permissions == ["records.view", "staff.view"]
    record = ActRecord.objects.get()
    assert record.before["permissions"] == ["receipts.read", "staff.own_account", "staff.view"]
    assert record.after["permissions"] == ["records.view", "staff.view"]


def test_nobody_gives_a_role_what_his_own_lacks() -> None:
    lead = make_person("administrator")
    own = do(
        "add_role", lead, role_name="Role keeper", key="role-keeper", permissions=["staff.view", "staff.manage_roles"]
    )
    keeper = make_person("planner")
    Representative.objects.filter(pk=keeper.pk).update(role=own.subject_id, visibility="all")
    with pytest.raises(NotPossible) as refused:
        do("change_role_permissions", keeper, role("planner"), permissions=["staff.view", "customers.view"])
    assert "customers.view" in refused.value.message
    do("change_role_permissions", keeper, role("planner"), permissions=["staff.view"])  # taking away is not rising
    with pytest.raises(NotPossible):
        do("add_role", keeper, role_name="Mine", key="mine", permissions=["staff.manage_people"])


def test_unknown_permissions_are_refused_and_forgotten_ones_may_stay() -> None:
    administrator = make_person("administrator")
    with pytest.raises(NotPossible) as refused:
        do("change_role_permissions", administrator, role("planner"), permissions=["no.such"])
    assert list(refused.value.fields) == ["permissions"]
    Role.objects.filter(key="planner").update(permissions=["old.one", "staff.view"])
    do("change_role_permissions", administrator, role("planner"), permissions=["old.one"])
    assert role("planner").permissions == ["old.one"]


def test_administrators_cannot_lock_everybody_out() -> None:
    administrator = make_person("administrator")
    with pytest.raises(NotPossible):
        do("change_role_permissions", administrator, role("administrator"), permissions=["staff.view"])
    with pytest.raises(NotPossible):
        do("change_role_visibility", administrator, role("administrator"), visibility="site")


def test_roles_belong_to_the_whole_company() -> None:
    partner = make_person("administrator", sites=(make_site(is_partner=True),))
    with pytest.raises(NotPossible):
        do("change_role_permissions", partner, role("planner"), permissions=[])
    with pytest.raises(NotPossible):
        do("add_site", partner, site_name="New")
    with pytest.raises(NotPermitted):
        do("rename_role", make_person("supervisor"), role("planner"), role_name="X")


def test_limits_are_kept_and_never_above_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("onhand.staff.role_acts.limited_act_options", lambda: [("orders.refund", "Refund")])
    administrator, senior = make_person("administrator"), role("senior")
    do(
        "change_role_limits",
        administrator,
        senior,
        limited_act="orders.refund",
        most={"minor": 5000, "currency": "EUR"},
    )
    do("change_role_limits", administrator, senior, limited_act="orders.refund", most="GBP 40.00")
    assert role("senior").limits == {"orders.refund": {"EUR": 5000, "GBP": 4000}}
    with pytest.raises(NotPossible):
        do("change_role_limits", administrator, senior, limited_act="no.such", most="EUR 1.00")
    with pytest.raises(NotPossible):
        do("change_role_limits", administrator, senior, limited_act="orders.refund", most="EUR -1.00")
    Role.objects.filter(key="administrator").update(limits={"orders.refund": {"EUR": 100}})
    for most in ("EUR 1.01", "GBP 0.01"):
        with pytest.raises(NotPossible):
            do("change_role_limits", administrator, senior, limited_act="orders.refund", most=most)
    with pytest.raises(NotPossible):
        do("remove_role_limits", administrator, senior, limited_act="orders.refund")
    Role.objects.filter(key="administrator").update(limits={})
    do("remove_role_limits", administrator, senior, limited_act="orders.refund")
    assert role("senior").limits == {}


def test_limits_are_not_got_round_by_another_role() -> None:
    boss, limited = make_person("administrator"), {"customers.add_note": {"EUR": 100}}
    Role.objects.filter(key="administrator").update(limits=limited)
    made = do("add_role", boss, role_name="Mine", key="mine", permissions=["customers.add_note", "staff.view"])
    assert role("mine").limits == limited
    with pytest.raises(NotPossible):
        do("change_role_permissions", boss, role("planner"), permissions=["customers.add_note"])
    with pytest.raises(NotPossible) as refused:
        do("change_role", boss, boss, role=role("senior").pk)
    assert list(refused.value.fields) == ["role"]
    Role.objects.filter(key="senior").update(limits={"customers.add_note": {"EUR": 100, "GBP": 1}})
    with pytest.raises(NotPossible):
        do("change_role", boss, make_person(), role=role("senior").pk)
    somebody = make_person("planner")
    do("change_role", boss, somebody, role=made.subject_id)
    somebody.refresh_from_db()
    assert somebody.role.key == "mine"


@pytest.mark.parametrize("key", ["Big", "with space", "ñandú", "a_b", "planner", "-"])
def test_role_keys_are_plain_and_free(key: str) -> None:
    with pytest.raises(NotPossible):
        do("add_role", make_person("administrator"), role_name="New", key=key)


def test_teams_and_sites() -> None:
    administrator = make_person("administrator")
    site = Site.objects.get(
        pk=do("add_site", administrator, site_name="Valencia", time_zone="Europe/Madrid").subject_id or 0
    )
    team = Team.objects.get(pk=do("add_team", administrator, team_name="Night", site=site.pk).subject_id or 0)
    do("rename_team", administrator, team, team_name="Evening")
    do("change_site", administrator, site, site_name="València", time_zone="Europe/Madrid", is_partner=True)
    site.refresh_from_db()
    team.refresh_from_db()
    assert (site.name, site.is_partner, site.version, team.name) == ("València", True, 2, "Evening")
    wrong: dict[str, Any]
    for wrong in ({"site_name": "valència"}, {"site_name": "Other", "time_zone": "Nowhere"}):
        with pytest.raises(NotPossible):
            do("add_site", administrator, None, **wrong)
    with pytest.raises(NotPossible):
        do("add_team", administrator, team_name="EVENING", site=site.pk)
    with pytest.raises(ArgumentsInvalid):
        do("add_site", administrator, site_name="")


def test_supervisors_set_up_teams_at_their_own_site_only() -> None:
    leeds, madrid = make_site(), make_site()
    supervisor = make_person("supervisor", sites=(leeds,))
    do("add_team", supervisor, team_name="Leeds nights", site=leeds.pk)
    with pytest.raises(NotPossible):
        do("add_team", supervisor, team_name="Madrid nights", site=madrid.pk)
    do("rename_team", supervisor, make_team(leeds), team_name="Renamed")


def with_news(*permissions: str) -> None:
    """The role of supervisors as the company changed it, before a version brought these permissions."""
    one = role("supervisor")
    Role.objects.filter(pk=one.pk).update(
        permissions=sorted({*one.permissions, "settings.export"} - {*permissions, "routing.steer"}),
        known_defaults=sorted(set(one.known_defaults) - set(permissions)),
    )


def test_give_new_permissions_also_those_nobody_has() -> None:
    administrator = make_person("administrator")
    lacking = sorted(set(role("administrator").permissions) - {"payments.refund"})
    Role.objects.exclude(key="supervisor").update(permissions=lacking)
    with_news("payments.refund", "orders.ship")
    do("give_new_permissions", administrator, role("supervisor"))
    given = role("supervisor").permissions
    assert {"payments.refund", "orders.ship"} <= set(given)
    assert "routing.steer" not in given, "what the company took away stays away"
    record = ActRecord.objects.get()
    assert "payments.refund" in record.after["permissions"]
    with pytest.raises(NotPossible):
        do("give_new_permissions", administrator, role("supervisor"))
    Role.objects.filter(key="planner").update(permissions=["staff.view"])
    with pytest.raises(NotPermitted):
        do("give_new_permissions", make_person("planner"), role("supervisor"))


def test_leave_new_permissions_out_for_good() -> None:
    administrator = make_person("administrator")
    with_news("orders.ship")
    do("leave_new_permissions", administrator, role("supervisor"))
    assert "orders.ship" not in role("supervisor").permissions
    assert ActRecord.objects.get().after["left_out"] == ["orders.ship"]
    for name in ("give_new_permissions", "leave_new_permissions"):
        with pytest.raises(NotPossible):
            do(name, administrator, role("supervisor"))
    own = do("add_role", administrator, role_name="Own", key="own")
    with pytest.raises(NotPossible):
        do("give_new_permissions", administrator, Role.objects.get(pk=own.subject_id))
