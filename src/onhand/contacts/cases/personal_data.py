"""What the tables around a case hold about a person: when and how is kept, what was said is not."""

from django.utils.translation import gettext_lazy as _

from onhand.contacts.models import CaseClock, CaseCustomer, CaseEscalation, CaseLink, CaseMerge, CaseTask, Reminder
from onhand.customers.privacy.holdings import TableHolding, Treatment, hold

_STATISTICS = _("Figures stay right: that there was one, how and when, without what was said.")

hold(
    TableHolding(
        name="due_times_of_cases",
        label=_("Due times of cases"),
        model=CaseClock,
        paths=("case__customer_id",),
        shown=(
            ("case__reference", _("Case")),
            ("kind", _("Due time")),
            ("due_at", _("Due")),
            ("met_at", _("Met")),
            ("broken_at", _("Passed")),
        ),
        treatment=Treatment.KEEP,
        why_kept=_STATISTICS,
    )
)
hold(
    TableHolding(
        name="further_cases",
        label=_("Cases of others they have to do with"),
        model=CaseCustomer,
        paths=("customer_id", "case__customer_id"),
        shown=(("case__reference", _("Case")), ("role", _("What they have to do with it")), ("added_at", _("Added"))),
        treatment=Treatment.KEEP,
        why_kept=_STATISTICS,
    )
)
hold(
    TableHolding(
        name="links_of_cases",
        label=_("Links of cases"),
        model=CaseLink,
        paths=("case__customer_id", "other__customer_id"),
        shown=(("case__reference", _("Case")), ("kind", _("How they belong together")), ("other__reference", _("To"))),
        treatment=Treatment.KEEP,
        why_kept=_STATISTICS,
    )
)
hold(
    TableHolding(
        name="merges_of_cases",
        label=_("Merged cases"),
        model=CaseMerge,
        paths=("case__customer_id", "into__customer_id"),
        shown=(
            ("case__reference", _("Case")),
            ("into__reference", _("Merged into")),
            ("reason", _("Why")),
            ("at", _("When")),
        ),
        treatment=Treatment.ANONYMISE,
        kept=frozenset({"case", "into", "was", "at", "by_name", "undone_at", "undone_by_name"}),
        why_kept=_STATISTICS,
    )
)
hold(
    TableHolding(
        name="escalations_of_cases",
        label=_("Cases handed up"),
        model=CaseEscalation,
        paths=("case__customer_id",),
        shown=(("case__reference", _("Case")), ("to_name", _("To whom")), ("reason", _("Why")), ("at", _("When"))),
        treatment=Treatment.ANONYMISE,
        kept=frozenset({"case", "clock", "to_id", "to_name", "at", "by_name"}),
        why_kept=_STATISTICS,
    )
)
hold(
    TableHolding(
        name="reminders",
        label=_("Reminders"),
        model=Reminder,
        paths=("case__customer_id",),
        shown=(("case__reference", _("Case")), ("text", _("Of what")), ("due_at", _("When")), ("done_at", _("Done"))),
        treatment=Treatment.DELETE,
    )
)
hold(
    TableHolding(
        name="tasks_of_cases",
        label=_("Tasks of cases"),
        model=CaseTask,
        paths=("case__customer_id",),
        shown=(
            ("case__reference", _("Case")),
            ("text", _("What is to be done")),
            ("made_at", _("When")),
            ("result", _("What came of it")),
            ("ended_at", _("Ended")),
        ),
        treatment=Treatment.ANONYMISE,
        kept=frozenset(
            {"case", "state", "team", "for_id", "for_name", "skill", "due_at", "minutes", "made_at", "made_by_name"}
            | {"taken_by_id", "taken_by_name", "ended_at", "ended_by_name"}
        ),
        why_kept=_STATISTICS,
    )
)
