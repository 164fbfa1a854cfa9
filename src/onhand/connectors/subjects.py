"""The outside shop as something acts act on."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from onhand.connectors import access
from onhand.connectors.bringing_in import TOPIC
from onhand.connectors.enums import ShopKind, ShopState
from onhand.connectors.models import OutsideShop
from onhand.kernel.subjects import SubjectType, register_subject

SHOP = TOPIC


def snapshot_shop(shop: OutsideShop) -> dict[str, Any]:
    """What acts change on a shop; of secrets nothing."""
    return {
        "shop_name": shop.name,
        "kind": str(shop.kind),
        "url": shop.url,
        "state": str(shop.state),
        "since": shop.since.isoformat(),
        "stand_in": shop.stand_in_id,
    }


register_subject(
    SubjectType(
        name=SHOP,
        label=_("Outside shop"),
        model=OutsideShop,
        visible=access.visible_shops,
        snapshot=snapshot_shop,
        title=lambda shop: shop.name,
        page=lambda pk: f"/settings/shops/{pk}/",
        change_labels={
            "shop_name": _("Name"),
            "kind": _("Kind"),
            "url": _("Address"),
            "state": _("State"),
            "since": _("Orders changed since"),
            "stand_in": _("Article for what the catalogue does not know"),
            "secrets": _("Secrets"),
            "again": _("Tried again"),
            "called_off": _("Called off"),
        },
        value_labels={"state": dict(ShopState.choices), "kind": dict(ShopKind.choices)},
    )
)
