"""
Dunning, each night: accounts that owe something overdue go a stage further once the stage's days have passed, one stage a night. A fee is
an invoice of its own. Who holds dunning, or pays by a plan that is kept, is left alone; who owes nothing overdue begins anew.
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import F
from django.utils import translation
from django.utils.translation import gettext as _

from onhand.billing.events import Dunned
from onhand.billing.models import CustomerAccount, DunningStage, DunningStep
from onhand.billing.standing import FILE_OF, Standing, standing_of, standings_of
from onhand.customers.membership import family_ids
from onhand.customers.models import Customer
from onhand.invoicing.enums import What
from onhand.invoicing.issuing import LineWanted, issue_invoice
from onhand.invoicing.models import Document
from onhand.kernel.actor import system_actor
from onhand.kernel.database import run_prepared
from onhand.kernel.locking import lock_in_order
from onhand.kernel.money import Money
from onhand.kernel.records import Subject, publish
from onhand.payments.models import Chargeback

SLICE = 200
# What a file owes is dunned once: where several of its accounts are in one currency, on the first of them.
_LOOK_AT = f"""
select a.id, a.currency, not exists (
  select from {FILE_OF} join billing_customeraccount b on b.customer_id = c.id and b.currency = a.currency where b.id < a.id)
from billing_customeraccount a
where a.id > %s and (a.dunning_stage > 0 or exists (
  select from {FILE_OF} join ledger_ledgeraccount l on l.customer_id = c.id and l.role = 'receivable' and l.currency = a.currency
    and l.balance > 0)) order by a.id limit %s
"""  # noqa: S608  (all of it is ours)


def dun_all(day: date, at: datetime) -> int:
    """Look at every account that owes something; how many went a stage further. A transaction each; may be run again at any time."""
    stages = list(DunningStage.objects.order_by("number"))
    dunned, after = 0, 0
    while stages and (rows := run_prepared(_LOOK_AT, [after, SLICE])):
        after = rows[-1][0]
        CustomerAccount.objects.filter(pk__in=[pk for pk, _c, is_first in rows if not is_first]).exclude(
            dunning_stage=0
        ).update(dunning_stage=0, dunned_on=None, version=F("version") + 1)
        for pk, standing in standings_of({pk: currency for pk, currency, is_first in rows if is_first}).items():
            dunned += _look_at(pk, standing, stages, day, at)
    return dunned


def _look_at(account_id: int, standing: Standing, stages: Sequence[DunningStage], day: date, at: datetime) -> bool:
    """Most accounts are as they should be: those are not locked."""
    stage = CustomerAccount.objects.values_list("dunning_stage", flat=True).get(pk=account_id)
    if standing.overdue(day).minor and next_stage(stage, standing, stages, day) is None:
        return False
    if not standing.overdue(day).minor and not stage:
        return False
    with transaction.atomic():
        return _go_on(account_id, stages, day, at)


def next_stage(reached: int, standing: Standing, stages: Sequence[DunningStage], day: date) -> DunningStage | None:
    """The stage an account goes to on a day; None if it stays where it is."""
    since = standing.overdue_since(day)
    following = next((one for one in stages if one.number > reached), None)
    if since is None or following is None or (day - since).days < following.after_days:
        return None
    return following


def _go_on(account_id: int, stages: Sequence[DunningStage], day: date, at: datetime) -> bool:
    account = CustomerAccount.objects.select_related("customer").get(pk=account_id)
    lock_in_order(Customer, family_ids([account.customer_id]))
    lock_in_order(CustomerAccount, [account_id])
    account.refresh_from_db()
    standing = standing_of(account_id, account.currency)
    overdue = standing.overdue(day)
    if not overdue.minor:
        return _set_stage(account, 0, None)
    held = (account.hold_until is not None and account.hold_until >= day) or _is_decided_elsewhere(account)
    stage = next_stage(account.dunning_stage, standing, stages, day)
    if held or stage is None or account.dunned_on == day:
        return False
    fee = _fee(account, stage, day, at)
    DunningStep.objects.create(
        account=account,
        stage=stage,
        day=day,
        overdue_minor=overdue.minor,
        currency=account.currency,
        fee_document=fee,
        made_at=at,
    )
    _set_stage(account, stage.number, day)
    event = Dunned(account_id, stage.number, overdue.minor, account.currency)
    publish(event, actor=system_actor("billing"), subject=Subject("customer", account.customer_id), at=at)
    return True


def _is_decided_elsewhere(account: CustomerAccount) -> bool:
    """Whether a bank asks a payment of this file back and has not decided: what is owed by it is not dunned meanwhile."""
    return Chargeback.objects.filter(
        customer__in=family_ids([account.customer_id]), ended_at__isnull=True, payment__currency=account.currency
    ).exists()


def _set_stage(account: CustomerAccount, number: int, day: date | None) -> bool:
    CustomerAccount.objects.filter(pk=account.pk).update(
        dunning_stage=number, dunned_on=day, version=account.version + 1
    )
    return False


def _fee(account: CustomerAccount, stage: DunningStage, day: date, at: datetime) -> Document | None:
    if not stage.fee_minor or stage.fee_currency != account.currency:
        return None
    with translation.override(account.customer.language):
        text = _("Fee: %(stage)s") % {"stage": stage.name}
    line = LineWanted(What.FEE, text, 1, Money(stage.fee_minor, account.currency), Decimal(0), True)
    return issue_invoice(
        account.customer_id,
        [line],
        of=("account", account.pk),
        address={},
        key=f"dunning:{account.pk}:{day.isoformat()}",
        at=at,
        day=day,
        due_days=account.due_days,
    )
