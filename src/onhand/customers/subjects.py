"""The customer as a subject of acts. What arguments may refer to is in `reference_types`."""

import json
from datetime import date, time
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from onhand.customers.access import visible_customers
from onhand.customers.enums import IdentificationWay, IdentityKind
from onhand.customers.merging.refusals import refuse_closed
from onhand.customers.models import Customer
from onhand.kernel.database import run_prepared
from onhand.kernel.subjects import SubjectType, register_subject

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

CUSTOMER = "customer"

_OWN = (
    *("name", "kind", "form_of_address", "born_on", "tax_number", "customer_since", "language", "time_zone"),
    *("accessibility_needs", "preferred_channel", "reach_from", "reach_until", "address_lines", "postal_code", "city"),
    *("region", "country"),
)
_OF_KIND = {
    "emails": IdentityKind.EMAIL,
    "telephones": IdentityKind.TELEPHONE,
    "handles": IdentityKind.HANDLE,
    "customer_numbers": IdentityKind.CUSTOMER_NUMBER,
    "account_numbers": IdentityKind.ACCOUNT_NUMBER,
}
# Everything of the file's rows, in the order added. The parameters are the customer twice, then their household.
_HANGING_ON = """
select json_build_object(
  'identities', (select json_agg(json_build_object('kind', i.kind, 'value', i.value, 'network', i.network, 'label', i.label,
     'shared', i.is_shared, 'verified', i.confidence >= 3) order by i.id)
     from customers_identity i where i.customer_id = any(file.ids) and i.withdrawn_at is null),
  'flags', (select json_agg(json_build_object('flag', f.kind, 'reason', f.reason, 'until', f.until) order by f.id)
     from customers_flag f where f.customer_id = any(file.ids) and f.lifted_at is null),
  'further_addresses', (select json_agg(json_build_object('address_kind', a.kind, 'address_lines', a.address_lines,
     'postal_code', a.postal_code, 'city', a.city, 'region', a.region, 'country', a.country) order by a.id)
     from customers_address a where a.customer_id = any(file.ids) and a.ended_at is null),
  'represented_by', (select json_agg(json_build_object('other', o.name || ' (' || o.reference || ')', 'relation_kind', r.kind,
     'function', r.function, 'may_be_told', r.may_be_told, 'may_do', r.may_do, 'proof', r.proof, 'valid_until', r.valid_until)
     order by r.id) from customers_relation r join customers_customer o on o.id = r.other_id
     where r.customer_id = any(file.ids) and r.ended_at is null),
  'consents', (select json_agg(json_build_object('purpose', c.purpose, 'channel', c.channel, 'answer', c.answer,
     'proof', c.proof, 'until', c.until) order by c.purpose, c.channel)
     from (select distinct on (n.purpose, n.channel) n.* from customers_consent n where n.customer_id = any(file.ids)
       order by n.purpose, n.channel, n.at desc, n.id desc) c),
  'household', (select h.name from customers_household h where h.id = %s)
)::text
from (select array(select m.id from customers_customer m where m.id = %s or m.merged_into_id = %s) as ids offset 0) file
"""

CHANGE_LABELS: "dict[str, _StrOrPromise]" = {
    "name": _("Name"),
    "kind": _("Kind"),
    "form_of_address": _("Form of address"),
    "language": _("Language"),
    "time_zone": _("Time zone"),
    "born_on": _("Date of birth"),
    "tax_number": _("Tax number"),
    "customer_since": _("Customer since"),
    "accessibility_needs": _("Needs"),
    "preferred_channel": _("Preferred channel"),
    "reach_from": _("To be reached from"),
    "reach_until": _("To be reached until"),
    "address_lines": _("Street and number"),
    "postal_code": _("Postal code"),
    "city": _("City"),
    "region": _("Region"),
    "country": _("Country"),
    "emails": _("E-mail addresses"),
    "telephones": _("Telephone numbers"),
    "handles": _("Handles"),
    "customer_numbers": _("Customer numbers"),
    "account_numbers": _("Account numbers"),
    "verified": _("Made sure of"),
    "shared": _("Shared with others"),
    "labels": _("Labels"),
    "label": _("Label"),
    "flags": _("Flags"),
    "flag": _("Flag"),
    "reason": _("Reason"),
    "until": _("Until"),
    "further_addresses": _("Further addresses"),
    "address_kind": _("Kind of address"),
    "represented_by": _("Who speaks for them"),
    "other": _("Who"),
    "relation_kind": _("By which right"),
    "function": _("Function"),
    "may_be_told": _("May be told"),
    "may_do": _("May do"),
    "proof": _("Proof"),
    "valid_until": _("Valid until"),
    "household": _("Household"),
    "consents": _("Consent"),
    "purpose": _("Purpose"),
    "channel": _("Channel"),
    "answer": _("Answer"),
    "note": _("Note"),
    "identification": _("Identification"),
    "way": _("Way"),
    "level": _("Result"),
    "tries_left": _("Tries left"),
    "code_sent": _("Code sent to"),
    "lockout": _("Lock ended"),
    "outside_ids": _("Numbers in other systems"),
}


LEVELS = {"0": _("not identified"), "1": _("identified"), "2": _("strongly identified")}


def snapshot_customer(customer: Customer) -> dict[str, Any]:
    """Everything acts change on a file: the row as it is held, and in one statement what hangs on it and those merged into it."""
    ((text,),) = run_prepared(_HANGING_ON, [customer.household_id, customer.pk, customer.pk])
    found = json.loads(text)
    identities = found.pop("identities") or []
    return own_values(customer) | {
        **{key: [_called(one) for one in identities if one["kind"] == kind] for key, kind in _OF_KIND.items()},
        "verified": [_called(one) for one in identities if one["verified"]],
        "shared": [_called(one) for one in identities if one["shared"]],
        "labels": [{"label": one["label"], "of": _called(one)} for one in identities if one["label"]],
        "household": found.pop("household") or "",
        **{key: rows or [] for key, rows in found.items()},
    }


def own_values(row: Any) -> dict[str, Any]:
    """What stands on the customer's own row, as records hold it; of a `Customer` or of a `CustomerFile`."""
    return {key: _written(getattr(row, key)) for key in _OWN}


def _written(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, list):
        return list(value)
    return value.isoformat() if isinstance(value, date | time) else value


def _called(identity: dict[str, str]) -> str:
    return f"{identity['network']}: {identity['value']}" if identity["network"] else identity["value"]


register_subject(
    SubjectType(
        name=CUSTOMER,
        label=_("Customer"),
        model=Customer,
        visible=visible_customers,
        snapshot=snapshot_customer,
        snapshot_row=own_values,
        title=lambda customer: customer.name,
        page=lambda customer_id: f"/desk/customers/{customer_id}/",
        change_labels=CHANGE_LABELS,
        refuse=refuse_closed,
        value_labels={"way": dict(IdentificationWay.choices), "level": LEVELS},
    )
)
