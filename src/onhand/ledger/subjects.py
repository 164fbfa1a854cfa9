"""A closed period as the subject of an act."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from onhand.kernel.subjects import SubjectType, register_subject
from onhand.ledger.access import visible_periods
from onhand.ledger.models import ClosedPeriod

PERIOD = "period"


def snapshot_period(period: ClosedPeriod) -> dict[str, Any]:
    """What closing wrote."""
    return {"last_day": period.last_day.isoformat(), "totals": period.totals}


register_subject(
    SubjectType(
        name=PERIOD,
        label=_("Closed period"),
        model=ClosedPeriod,
        visible=visible_periods,
        snapshot=snapshot_period,
        title=lambda period: period.last_day.isoformat(),
        page=lambda _pk: "/settings/books/",
        change_labels={"last_day": _("Last day"), "totals": _("Trial balance")},
    )
)
