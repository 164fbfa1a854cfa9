"""The panels every customer's page has: contact points, who belongs together, consent, checks of identity, who read the file."""

from django.db import connection
from django.utils.translation import gettext_lazy as _

from onhand.customers import scopes
from onhand.customers.access import MERGE, VIEW
from onhand.customers.file_queries import CustomerFile, read_file
from onhand.customers.merging.duplicates import duplicates_of
from onhand.customers.panels import Panel, PanelContext, Reading, register_panel
from onhand.staff.access import VIEW_RECORDS

NEWEST = 30  # lines of checks and readings


def _file(reading: Reading) -> CustomerFile:
    return read_file(reading.actor, reading.customer_id, at=reading.at, contact_id=reading.contact_id)


def read_contact_points(reading: Reading) -> PanelContext:
    """How the customer is reached: identities in use, the main address on the file, and further ones."""
    file = _file(reading)
    return {"file": file}


def read_belonging(reading: Reading) -> PanelContext:
    """The household, who speaks for this customer, and for whom this customer speaks."""
    file = _file(reading)
    return {"household": file.household, "represented_by": file.represented_by, "represents": file.represents}


def read_consents(reading: Reading) -> PanelContext:
    """What the customer agreed to, and how they wish to be reached."""
    file = _file(reading)
    return {
        "consents": [(consent, consent.until is None or consent.until > reading.at) for consent in file.consents],
        "accessibility_needs": file.accessibility_needs,
        "preferred_channel": file.preferred_channel,
        "reach_from": file.reach_from,
        "reach_until": file.reach_until,
    }


_CHECKS = """
select k.id, k.way, k.level, k.detail, k.at, k.until, k.ended_at, k.by_name, k.contact_id from customers_identitycheck k
where k.customer_id = any(%s) order by k.id desc limit %s
"""
_CHECK = ("id", "way", "level", "detail", "at", "until", "ended_at", "by", "contact_id")


def read_checks(reading: Reading) -> PanelContext:
    """The newest attempts to identify this customer, those that failed among them."""
    with connection.cursor() as cursor:
        cursor.execute(_CHECKS, [list(reading.member_ids), NEWEST])
        return {"checks": [dict(zip(_CHECK, row, strict=True)) for row in cursor.fetchall()]}


_READINGS = """
select x.* from unnest(%s::bigint[]) m(id) cross join lateral (
  select a.id, a.at, a.actor_kind, a.actor_name, a.page, a.reason, a.contact_id, a.via from kernel_accessrecord a
  where a.subject_type = 'customer' and a.subject_id = m.id order by a.id desc limit %s) x
order by x.id desc limit %s
"""
_READ = ("id", "at", "kind", "by", "page", "reason", "contact_id", "via")


def read_readings(reading: Reading) -> PanelContext:
    """Who read this file last, when, on which contact and why."""
    with connection.cursor() as cursor:
        cursor.execute(_READINGS, [list(reading.member_ids), NEWEST, NEWEST])
        return {"readings": [dict(zip(_READ, row, strict=True)) for row in cursor.fetchall()]}


def read_alike(reading: Reading) -> PanelContext:
    """Files that may be the same customer's as this one."""
    return {"duplicates": duplicates_of(reading.actor, reading.customer_id)}


register_panel(
    Panel(
        key="contact_points",
        label=_("Contact points and addresses"),
        order=20,
        permission=VIEW,
        read=read_contact_points,
        level=1,
        scope=scopes.CONTACT_DETAILS,
        is_open=True,
    )
)
register_panel(
    Panel(
        key="belonging",
        label=_("Household and authorised persons"),
        order=60,
        permission=VIEW,
        read=read_belonging,
        level=1,
        scope=scopes.RELATIONS,
        count="""select count(*) from customers_relation r where r.customer_id in (select m.id from members m)
          and r.ended_at is null and (r.valid_until is null or r.valid_until > %(at)s)""",
    )
)
register_panel(
    Panel(
        key="alike",
        label=_("May be the same customer"),
        order=65,
        permission=MERGE,
        read=read_alike,
        count="""select count(*) from customers_duplicatesuggestion s where s.dismissed_at is null
          and (s.first_id in (select m.id from members m) or s.second_id in (select m.id from members m))""",
    )
)
register_panel(
    Panel(
        key="consents",
        label=_("Consent and preferences"),
        order=70,
        permission=VIEW,
        read=read_consents,
        level=1,
        scope=scopes.CONTACT_DETAILS,
    )
)
register_panel(
    Panel(
        key="identity_checks",
        label=_("How the customer was identified"),
        order=80,
        permission=VIEW,
        read=read_checks,
    )
)
register_panel(
    Panel(
        key="readings",
        label=_("Who read this file"),
        order=90,
        permission=VIEW_RECORDS,
        read=read_readings,
    )
)
