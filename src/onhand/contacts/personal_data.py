"""What the contacts app holds about a person. Of contacts, cases and promises the books keep when and how, never what was said."""

from typing import Any

from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from onhand.contacts.cases import personal_data as _of_cases  # noqa: F401  (registers what hangs on cases)
from onhand.contacts.enums import CaseState, HelpState, TaskState
from onhand.contacts.files import drop_unused
from onhand.contacts.models import (
    Attachment,
    Case,
    CaseClock,
    CaseContact,
    CaseCustomer,
    CaseTask,
    Contact,
    HelpRequest,
    Message,
    Promise,
    Upload,
)
from onhand.customers.privacy.holdings import (
    Members,
    Scope,
    TableHolding,
    Treatment,
    hinders_erasure,
    hold,
    settles_before_erasure,
    shows_activity,
)

_STATISTICS = _("Figures stay right: that there was one, how and when, without what was said.")

hold(
    TableHolding(
        name="contacts",
        label=_("Contacts"),
        model=Contact,
        shown=(
            ("started_at", _("Began")),
            ("ended_at", _("Ended")),
            ("channel", _("Channel")),
            ("direction", _("Direction")),
            ("outside_address", _("Number or address")),
            ("subject", _("Subject")),
            ("summary", _("Summary")),
            ("identified_level", _("Level of identification")),
            ("identified_how", _("Identified by")),
        ),
        treatment=Treatment.ANONYMISE,
        kept=frozenset(
            {
                "version",
                "customer",
                "case",
                "channel",
                "direction",
                "started_at",
                "ended_at",
                "came_to",
                "team",
                "priority",
            }
            | {"representative_id", "representative_name", "identified_level", "language", "needs_answer"}
            | {
                "waiting_until",
                "last_message_at",
                "due_at",
                "reason",
                "products",
                "split_from",
                "emptied_at",
                "connected_at",
            }
        ),
        subject="contact",
        why_kept=_STATISTICS,
    )
)
hold(
    TableHolding(
        name="cases",
        label=_("Cases"),
        model=Case,
        shown=(
            ("reference", _("Reference")),
            ("kind", _("Kind")),
            ("subject", _("Subject")),
            ("state", _("State")),
            ("opened_at", _("Opened")),
            ("due_at", _("Due")),
            ("closed_at", _("Closed")),
        ),
        treatment=Treatment.ANONYMISE,
        kept=frozenset(
            {"version", "reference", "customer", "kind", "state", "opened_at", "due_at", "closed_at"}
            | {"owner_id", "owner_name", "priority", "team", "reason", "product", "stage", "waiting_since", "closes_at"}
            | {"warned_at", "reopened", "parent", "merged_into"}
        ),
        subject="case",
        why_kept=_STATISTICS,
    )
)
hold(
    TableHolding(
        name="promises",
        label=_("Promises"),
        model=Promise,
        shown=(
            ("text", _("Promise")),
            ("made_at", _("Made")),
            ("due_at", _("Due")),
            ("kept_at", _("Kept")),
            ("called_off_at", _("Called off")),
        ),
        treatment=Treatment.ANONYMISE,
        kept=frozenset(
            {
                "customer",
                "case",
                "contact",
                "made_at",
                "made_by_id",
                "made_by_name",
                "due_at",
                "kept_at",
                "called_off_at",
                "test",
                "broken_at",
                "guideline",
                "guideline_version",
                "record_id",
                "about_type",
                "about_id",
            }
        ),
        subject="promise",
        why_kept=_STATISTICS,
    )
)
hold(
    TableHolding(
        name="messages",
        label=_("Messages"),
        model=Message,
        paths=("contact__customer_id",),
        shown=(
            ("at", _("When")),
            ("direction", _("Direction")),
            ("sender_name", _("From")),
            ("sender_address", _("Address")),
            ("recipients", _("To")),
            ("subject", _("Subject")),
            ("text", _("Text")),
            ("state", _("State")),
        ),
        treatment=Treatment.ANONYMISE,
        kept=frozenset(
            {"contact", "direction", "is_internal", "at", "automatic", "raw_id", "author_id", "author_name"}
            | {"state", "send_after", "sent_at", "tries", "released_by_name", "afterwards"}
        ),
        subject="message",
        why_kept=_STATISTICS,
    )
)
hold(
    TableHolding(
        name="questions_to_colleagues",
        label=_("Questions to colleagues"),
        model=HelpRequest,
        paths=("customer_id", "contact__customer_id", "case__customer_id"),
        shown=(
            ("asked_at", _("When")),
            ("question", _("Question")),
            ("answer", _("Answer")),
            ("state", _("State")),
        ),
        treatment=Treatment.ANONYMISE,
        kept=frozenset(
            {"version", "contact", "case", "customer", "state", "asked_at", "asked_by_id", "asked_by_name"}
            | {"to_id", "to_name", "taken_at", "taken_by_id", "taken_by_name", "ended_at"}
        ),
        subject="help_request",
        why_kept=_STATISTICS,
    )
)


class _FileHolding(TableHolding):
    """Rows that carry stored files: the bytes go with the last row that carries them."""

    def erase_rows(self, rows: QuerySet[Any], limit: int) -> int:
        """Delete at most `limit` rows, and bytes nobody carries any more."""
        chosen = list(rows.order_by("pk").values_list("pk", "file_id")[:limit])
        self.model._default_manager.filter(pk__in=[pk for pk, _file in chosen]).delete()
        drop_unused(file for _pk, file in chosen)
        return len(chosen)


hold(
    _FileHolding(
        name="attachments",
        label=_("Attachments"),
        model=Attachment,
        paths=("message__contact__customer_id",),
        shown=(("name", _("Name")), ("media_type", _("Kind of file")), ("size", _("Bytes"))),
    )
)
hold(
    _FileHolding(
        name="uploads",
        label=_("Files of answers"),
        model=Upload,
        paths=("contact__customer_id",),
        shown=(("name", _("Name")), ("media_type", _("Kind of file")), ("size", _("Bytes"))),
    )
)
hold(
    TableHolding(
        name="contacts_of_cases",
        label=_("Contacts of cases"),
        model=CaseContact,
        paths=("contact__customer_id", "case__customer_id"),
        shown=(("case__reference", _("Case")), ("at", _("When"))),
        treatment=Treatment.KEEP,
        why_kept=_STATISTICS,
    )
)
shows_activity(
    "(select x.started_at from contacts_contact x where x.customer_id = c.id order by x.started_at desc limit 1)"
)
shows_activity(
    "(select max(x.last_message_at) from contacts_contact x where x.customer_id = c.id and x.last_message_at is not null)"
)
shows_activity("(select max(coalesce(x.closed_at, x.opened_at)) from contacts_case x where x.customer_id = c.id)")


@hinders_erasure
def open_matters(members: Members) -> list[str]:
    """Contacts going on, open cases and open promises."""
    going_on = Contact.objects.filter(customer__in=members, ended_at__isnull=True).count()
    cases = Case.objects.filter(customer__in=members, closed_at__isnull=True).count()
    promises = Promise.objects.filter(customer__in=members, kept_at__isnull=True, called_off_at__isnull=True).count()
    found = []
    if going_on:
        found.append(
            ngettext("%(count)s contact is going on.", "%(count)s contacts are going on.", going_on)
            % {"count": going_on}
        )
    if cases:
        found.append(ngettext("%(count)s case is open.", "%(count)s cases are open.", cases) % {"count": cases})
    if promises:
        found.append(
            ngettext("%(count)s promise is open.", "%(count)s promises are open.", promises) % {"count": promises}
        )
    return found


@settles_before_erasure
def end_open_matters(scope: Scope) -> None:
    """End contacts, close cases and call promises off: nobody will be there to go on with them."""
    Message.objects.filter(contact__customer__in=scope.members, state__in=("waiting", "held")).update(state="cancelled")
    Contact.objects.filter(customer__in=scope.members, ended_at__isnull=True).update(
        ended_at=scope.at, needs_answer=False, due_at=None, waiting_until=None
    )
    cases = Case.objects.filter(customer__in=scope.members)
    CaseClock.objects.filter(case__in=cases.values("pk"), met_at__isnull=True, stopped_at__isnull=True).update(
        stopped_at=scope.at, paused_at=None
    )
    cases.filter(closed_at__isnull=True).update(
        closed_at=scope.at, state=CaseState.CLOSED, waiting_since=None, closes_at=None, warned_at=None
    )
    CaseTask.objects.filter(case__in=cases.values("pk"), state=TaskState.OPEN).update(
        state=TaskState.WITHDRAWN, ended_at=scope.at
    )
    HelpRequest.objects.filter(customer__in=scope.members, state=HelpState.OPEN).update(
        state=HelpState.WITHDRAWN, ended_at=scope.at, version=F("version") + 1
    )
    CaseCustomer.objects.filter(customer__in=scope.members, ended_at__isnull=True).update(ended_at=scope.at)
    Promise.objects.filter(customer__in=scope.members, kept_at__isnull=True, called_off_at__isnull=True).update(
        called_off_at=scope.at
    )
