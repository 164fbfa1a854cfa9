"""Who sees the books and closes periods."""

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from onhand.kernel.actor import Actor
from onhand.kernel.permissions import permission
from onhand.ledger.models import ClosedPeriod

VIEW = permission("ledger.view", _("See the company's books: balances of all accounts, journals, closed periods"))
CLOSE = permission("ledger.close", _("Close a period of the books, for ever"))


def visible_periods(actor: Actor) -> QuerySet[ClosedPeriod]:
    """The closed periods, for who sees the books."""
    return ClosedPeriod.objects.all() if actor.may(VIEW) else ClosedPeriod.objects.none()
