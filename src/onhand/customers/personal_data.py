"""What the customers app holds about a person."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from onhand.customers import models as held
from onhand.customers.privacy.enums import ExportState
from onhand.customers.privacy.file import FileHolding, HouseholdHolding
from onhand.customers.privacy.holdings import (
    Column,
    Members,
    Row,
    Scope,
    TableHolding,
    Treatment,
    hold,
    in_slices,
    settles_before_erasure,
    shows_activity,
)
from onhand.customers.privacy.imported import ImportHolding
from onhand.customers.privacy.streams import AccessHolding, ActHolding

_SECURITY = _("Who opened and identified is kept as proof that the data was protected, without what was said.")
_BOOKS = _("The books stay whole: that something was done and when, without the person's data.")


class RelationHolding(TableHolding):
    """Both directions of speaking for one another. Of the other person only the name is given out: the rest is theirs."""

    @property
    def columns(self) -> list[Column]:
        """The exported columns; the direction in words."""
        words = {
            "speaks_for_this_person": _("The other person speaks for this one"),
            "this_person_speaks_for": _("This person speaks for the other one"),
        }
        return [replace(one, choices=words) if one.name == "direction" else one for one in super().columns]

    def rows(self, members: Members) -> Iterator[Row]:
        """The relations, each with the name of the other side."""
        names = ("kind", "function", "may_be_told", "may_do", "proof", "valid_from", "valid_until", "ended_at")
        rows = self.about(members).annotate(name_of_customer=F("customer__name"), name_of_other=F("other__name"))
        for _pk, customer_id, name, other, *values in in_slices(
            rows, "pk", "customer_id", "name_of_customer", "name_of_other", *names
        ):
            is_own = customer_id in members
            row: dict[str, Any] = {"direction": "speaks_for_this_person" if is_own else "this_person_speaks_for"}
            yield row | {"person": other if is_own else name} | dict(zip(names, values, strict=True))


for _holding in (
    FileHolding(),
    HouseholdHolding(),
    TableHolding(
        name="identities",
        label=_("Addresses and numbers"),
        model=held.Identity,
        shown=(
            ("kind", _("Kind")),
            ("network", _("Network")),
            ("value", _("Value")),
            ("label", _("Label")),
            ("source", _("Learnt from")),
            ("confidence", _("How sure")),
            ("is_shared", _("Shared with others")),
            ("valid_from", _("Since")),
            ("withdrawn_at", _("Until")),
        ),
        is_quick=True,
    ),
    TableHolding(
        name="outside_ids",
        label=_("Ids in other systems"),
        model=held.OutsideId,
        shown=(("system", _("System")), ("value", _("Id")), ("created_at", _("Since"))),
        is_quick=True,
    ),
    TableHolding(
        name="addresses",
        label=_("Further addresses"),
        model=held.Address,
        shown=(
            ("kind", _("Kind")),
            ("address_lines", _("Street and number")),
            ("postal_code", _("Postal code")),
            ("city", _("City")),
            ("region", _("Region")),
            ("country", _("Country")),
            ("valid_from", _("Since")),
            ("ended_at", _("Until")),
        ),
        is_quick=True,
    ),
    RelationHolding(
        name="relations",
        label=_("Who speaks for whom"),
        model=held.Relation,
        paths=("customer_id", "other_id"),
        shown=(
            ("direction", _("Direction")),
            ("person", _("Other person")),
            ("kind", _("Kind")),
            ("function", _("Function")),
            ("may_be_told", _("May be told")),
            ("may_do", _("May do")),
            ("proof", _("Proof")),
            ("valid_from", _("Since")),
            ("valid_until", _("Until")),
            ("ended_at", _("Ended")),
        ),
        is_quick=True,
    ),
    TableHolding(
        name="flags",
        label=_("Flags"),
        model=held.Flag,
        shown=(
            ("kind", _("Kind")),
            ("reason", _("Reason")),
            ("set_at", _("Set")),
            ("until", _("Until")),
            ("lifted_at", _("Lifted")),
        ),
        is_quick=True,
    ),
    TableHolding(
        name="consents",
        label=_("Consent and objections"),
        model=held.Consent,
        shown=(
            ("purpose", _("Purpose")),
            ("channel", _("Channel")),
            ("answer", _("Answer")),
            ("proof", _("Proof")),
            ("at", _("When")),
            ("until", _("Until")),
        ),
        is_quick=True,
    ),
    TableHolding(
        name="identity_checks",
        label=_("Identity checks"),
        model=held.IdentityCheck,
        shown=(
            ("at", _("When")),
            ("way", _("How")),
            ("level", _("Level reached")),
            ("detail", _("What was asked")),
        ),
        treatment=Treatment.ANONYMISE,
        kept=frozenset(
            {"customer", "contact_id", "way", "level", "at", "until", "ended_at", "by_id", "by_name", "relation"}
        ),
        why_kept=_SECURITY,
    ),
    TableHolding(
        name="one_time_codes",
        label=_("One-time codes"),
        model=held.OneTimeCode,
        shown=(
            ("at", _("When")),
            ("identity__value", _("Sent to")),
            ("state", _("State")),
            ("until", _("Until")),
        ),
        is_quick=True,
    ),
    TableHolding(
        name="merges",
        label=_("Files put together"),
        model=held.Merge,
        paths=("absorbed_id", "survivor_id"),
        shown=(
            ("absorbed__reference", _("File")),
            ("survivor__reference", _("Read as part of")),
            ("reason", _("Reason")),
            ("at", _("When")),
            ("undone_at", _("Undone")),
        ),
        treatment=Treatment.ANONYMISE,
        kept=frozenset({"absorbed", "survivor", "at", "by_id", "by_name", "undone_at", "undone_by_name"}),
        is_quick=True,
        why_kept=_BOOKS,
    ),
    TableHolding(
        name="duplicate_keys",
        label=_("Keys for finding files twice"),
        model=held.DuplicateKey,
        shown=(),
        is_quick=True,
    ),
    TableHolding(
        name="duplicate_suggestions",
        label=_("Files suggested to be the same"),
        model=held.DuplicateSuggestion,
        paths=("first_id", "second_id"),
        shown=(),
        is_quick=True,
    ),
    TableHolding(
        name="notes",
        label=_("Notes"),
        model=held.Note,
        shown=(("created_at", _("When")), ("text", _("Note"))),
    ),
    TableHolding(
        name="privacy_requests",
        label=_("Requests about personal data"),
        model=held.PrivacyRequest,
        shown=(
            ("kind", _("Kind")),
            ("state", _("State")),
            ("received_on", _("Received")),
            ("due_on", _("Due")),
            ("details", _("What was asked")),
            ("answer", _("Answer")),
            ("answered_at", _("Answered")),
        ),
        treatment=Treatment.ANONYMISE,
        kept=frozenset(
            {"version", "customer", "kind", "state", "received_on", "due_on", "taken_at", "taken_by_name"}
            | {"answered_at", "answered_by_name"}
        ),
        subject="privacy_request",
        why_kept=_("That the request was answered in time must be shown."),
    ),
    TableHolding(
        name="export_parts",
        label=_("Archives made for the person"),
        model=held.PersonalExportPart,
        paths=("export__customer_id",),
        shown=(),
    ),
    TableHolding(
        name="exports",
        label=_("Exports"),
        model=held.PersonalExport,
        shown=(("asked_at", _("When")), ("state", _("State"))),
        treatment=Treatment.KEEP,
        why_kept=_("That the data was given out must be shown."),
    ),
    TableHolding(
        name="erasures",
        label=_("Erasures"),
        model=held.Erasure,
        shown=(),
        treatment=Treatment.KEEP,
        why_kept=_("The proof that the person was erased; nothing personal is in it."),
        beside=(held.ErasureWork, held.SuppressedIdentity),
    ),
    ImportHolding(),
    ActHolding(),
    AccessHolding(),
):
    hold(_holding)


@settles_before_erasure
def remove_archives(scope: Scope) -> None:
    """Archives not downloaded yet are not there any more; their rows go with the rest."""
    held.PersonalExport.objects.filter(customer__in=scope.members).update(state=ExportState.REMOVED)


shows_activity("(select max(n.created_at) from customers_note n where n.customer_id = c.id)")
shows_activity(
    "(select r.at from kernel_actrecord r where r.subject_type = 'customer' and r.subject_id = c.id order by r.id desc limit 1)"
)
