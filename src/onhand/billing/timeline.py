"""Payment plans and dunning as entries of the customer's timeline."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.billing.enums import PlanState
from onhand.customers.timeline import Entry, Source, Telling, register_source
from onhand.kernel.money import Money

TONES = {PlanState.RUNNING: "info", PlanState.PAID: "good", PlanState.DEFAULTED: "bad"}


def tell_plan(entry: Entry) -> Telling:
    """A payment plan, on the day it was agreed."""
    state = PlanState(entry.data["state"])
    facts = [*_amount(entry, _("Amount")), (_("Parts"), str(entry.data["parts"]))]
    return Telling(
        _("Payment plan agreed"), icon="clock", facts=facts, badges=[(str(state.label), TONES.get(state, ""))]
    )


def tell_step(entry: Entry) -> Telling:
    """A stage of dunning, on the day it was reached."""
    facts = _amount(entry, _("Overdue"))
    return Telling(_("Dunned: %(stage)s") % {"stage": entry.data["stage"]}, icon="warn", facts=facts)


def _amount(entry: Entry, label: str) -> list[tuple[str, str]]:
    """The amount, for who is identified."""
    private = entry.data.get("private")
    return [(label, Money(int(private["minor"]), private["currency"]).formatted())] if private else []


register_source(
    Source(
        kind="payment_plan",
        label=gettext_lazy("Payment plans"),
        order=28,
        rows="billing_paymentplan p join billing_customeraccount a on a.id = p.account_id",
        of="a.customer_id = m.id",
        at="p.agreed_at",
        id="p.id",
        by="p.agreed_by_name",
        said="''",
        data="""jsonb_build_object('state', p.state,
          'private', jsonb_build_object('scope', 'billing', 'minor', p.minor, 'currency', p.currency),
          'parts', (select count(*) from billing_instalment n where n.plan_id = p.id))""",
        searched="p.agreed_by_name",
        tell=tell_plan,
    )
)
register_source(
    Source(
        kind="dunning",
        label=gettext_lazy("Dunning"),
        order=29,
        rows="billing_dunningstep s join billing_customeraccount a on a.id = s.account_id",
        of="a.customer_id = m.id",
        at="s.made_at",
        id="s.id",
        by="''",
        said="''",
        data="""jsonb_build_object(
          'private', jsonb_build_object('scope', 'billing', 'minor', s.overdue_minor, 'currency', s.currency),
          'stage', (select g.name from billing_dunningstage g where g.id = s.stage_id))""",
        searched="''",
        tell=tell_step,
    )
)
