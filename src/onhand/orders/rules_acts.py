"""What is laid down about orders."""

from typing import Annotated

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.kernel.acts import Run, act
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field
from onhand.orders import access
from onhand.orders.models import OrderRules
from onhand.orders.subjects import ORDER_RULES, RULE_LABELS
from onhand.orders.unpaid import MOST_DAYS_TO_PAY


@act(subject=ORDER_RULES, permission=access.SET_UP, label=gettext_lazy("Change the rules of orders"), row_only=True)
def change_rules(
    rules: OrderRules,
    *,
    run: Run,
    days_to_pay: Annotated[
        int,
        Field(
            label=RULE_LABELS["days_to_pay"],
            help=gettext_lazy("Orders that wait longer for all of their money are cancelled at night. 0: never."),
            current=lambda rules: rules.days_to_pay,
        ),
    ],
) -> None:
    """Change after how many days orders are cancelled that nobody paid."""
    if not 0 <= days_to_pay <= MOST_DAYS_TO_PAY:
        words = {"least": 0, "most": MOST_DAYS_TO_PAY}
        raise NotPossible(_("Give %(least)s to %(most)s.") % words, field="days_to_pay")
    rules.days_to_pay = days_to_pay
