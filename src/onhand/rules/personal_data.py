"""What rules keep about a person: of what they did the books keep that they did it, never the words they found."""

from django.utils.translation import gettext_lazy as _

from onhand.customers.privacy.holdings import TableHolding, Treatment, hold
from onhand.rules.models import Arrival, AutomaticAnswer, RuleExecution, TriedMessage, WaitingAsked

hold(
    TableHolding(
        name="rule_executions",
        label=_("What rules did"),
        model=RuleExecution,
        paths=("contact__customer_id",),
        shown=(("at", _("When")), ("rule_name", _("Rule")), ("because", _("Because")), ("done", _("Done"))),
        treatment=Treatment.ANONYMISE,
        kept=frozenset(
            {"contact", "message", "at", "moment", "set_version", "rule_key", "rule_name", "stopped", "has_problem"}
        ),
        subject="rule_execution",
        why_kept=_("Figures stay right: that a rule acted, without what it found and wrote."),
    )
)
hold(
    TableHolding(
        name="arrivals",
        label=_("What was known when a message arrived"),
        model=Arrival,
        paths=("contact__customer_id",),
        shown=(("at", _("When")), ("known", _("Known"))),
        treatment=Treatment.DELETE,
    )
)
hold(
    TableHolding(
        name="rules_asked",
        label=_("Rules asked while a message waited"),
        model=WaitingAsked,
        paths=("message__contact__customer_id",),
        shown=(("at", _("When")),),
        treatment=Treatment.DELETE,
    )
)
hold(
    TableHolding(
        name="automatic_answers",
        label=_("Automatic answers"),
        model=AutomaticAnswer,
        paths=("message__contact__customer_id",),
        shown=(("at", _("When")), ("address", _("Address"))),
        treatment=Treatment.DELETE,
    )
)
hold(
    TableHolding(
        name="tried_messages",
        label=_("Messages rules were tried on"),
        model=TriedMessage,
        paths=("message__contact__customer_id",),
        shown=(
            ("trial__started_at", _("When")),
            ("by_draft", _("By the draft")),
            ("by_published", _("By the published rules")),
        ),
        treatment=Treatment.DELETE,
    )
)
