"""Shipped guidelines for a company: put into force where it is the demo's, begun as drafts where somebody asks for them."""

import json
from datetime import datetime

from onhand.guidelines.documents import as_json
from onhand.guidelines.models import Guideline
from onhand.guidelines.publishing import publish_for_company
from onhand.guidelines.shipped import goods, money
from onhand.guidelines.shipped.building import Shipped
from onhand.guidelines.shipped.limits import set_limits
from onhand.kernel.actor import Actor
from onhand.kernel.perform import perform


def all_shipped() -> list[Shipped]:
    """Every guideline that comes with the product, as it is in this version."""
    return [
        goods.returns(),
        goods.inspections(),
        goods.exchanges(),
        goods.cancellations(),
        goods.damage(),
        money.refunds(),
        money.goodwill(),
        money.late_delivery(),
        money.lost_parcels(),
        money.price_complaints(),
        money.billing_complaints(),
        money.abusive_conduct(),
    ]


def publish_shipped(at: datetime) -> int:
    """Put into force what is not there yet, with its limits; how many guidelines that were. Taken up again it ends what was begun."""
    there = set(Guideline.objects.values_list("name", flat=True))
    missing = [one for one in all_shipped() if one.name not in there]
    for one in missing:
        publish_for_company(one.name, one.document, at=at)
    set_limits(at)
    return len(missing)


def not_taken_up() -> list[str]:
    """The names of the shipped guidelines of whose name there is none."""
    there = set(Guideline.objects.values_list("name", flat=True))
    return [one.name for one in all_shipped() if one.name not in there]


def offer_drafts(*, actor: Actor, at: datetime) -> int:
    """
    Begin a draft of each shipped guideline of whose name there is none; how many. They decide nothing before somebody else looked at them
    and put them into force.
    """
    there = set(Guideline.objects.values_list("name", flat=True))
    missing = [one for one in all_shipped() if one.name not in there]
    for one in missing:
        text = json.dumps(as_json(one.document), ensure_ascii=False)
        perform("guidelines.add_guideline", actor=actor, arguments={"name": one.name, "document": text}, at=at)
    return len(missing)
