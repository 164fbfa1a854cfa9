"""What every page's template knows: who is reading, in which language and look, and where one can go."""

from functools import cache
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.contrib.messages import get_messages
from django.http import HttpRequest
from django.utils import translation
from django.utils.translation import gettext as _

from onhand.approvals.access import ANSWER
from onhand.contacts.access import HANDLE
from onhand.contacts.work import topics as work_topics
from onhand.kernel.actor import Actor
from onhand.knowledge.access import READ
from onhand.receipts.access import READ as READ_NOTICES
from onhand.routing.access import WATCH, WORK
from onhand.staff.queries import actor_for
from onhand.web.addresses import address_of
from onhand.web.desk.my_work import lazily, my_work_view, standing_view
from onhand.web.desk.notice_views import unread_view
from onhand.web.settings.pages import navigation as settings_navigation

if TYPE_CHECKING:
    from onhand.staff.models import Representative


def page(request: HttpRequest) -> dict[str, Any]:
    """The context of every template. Nobody is signed in: `user` is None."""
    known: dict[str, Any] = {
        "language": translation.get_language() or settings.LANGUAGE_CODE,
        "languages": [("en", "English"), ("es", "Español")],
        "direction": "ltr",
        "theme": "system",
        "text_size": "100",
        "messages": get_messages(request),
        "user": None,
    }
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return known
    person = cast("Representative", user)
    actor = actor_for(person)
    return known | {
        "user": {"id": person.pk, "name": person.name, "role_label": _(person.role.name), "email": person.email},
        "actor": actor,
        "theme": person.theme,
        "text_size": str(person.text_size),
        "nav": _navigation(request, actor),
        "work_topics": " ".join(work_topics(actor)) if actor.may(HANDLE) else "",
        "takes_part": actor.may(WORK),
        "reads_notices": actor.may(READ_NOTICES),
        "unread": cache(lambda: unread_view(actor)),
        "standing": lazily(actor, standing_view),
        "my_work": lazily(actor, my_work_view),
        "user_links": [{"label": _("My account"), "url": address_of("settings:account"), "icon": "person"}],
        "settings_nav": settings_navigation(request, actor)
        if request.path.startswith(("/settings/", "/account/", "/guidelines/", "/procedures/"))
        else [],
    }


def _navigation(request: HttpRequest, actor: Actor) -> list[dict[str, Any]]:
    entries = [
        (_("Desk"), address_of("desk:home"), "g d", True),
        (_("Floor"), address_of("floor:home"), "g l", actor.may(WATCH)),
        (_("Customers"), address_of("desk:customers"), "g c", actor.may("customers.view")),
        (_("Cases"), address_of("desk:cases"), "g k", actor.may("customers.view")),
        (_("Approvals"), address_of("desk:approvals"), "g o", actor.may(ANSWER)),
        (_("Articles"), address_of("desk:articles"), "g a", actor.may(READ)),
        (_("Search"), address_of("desk:search"), "g f", actor.may("customers.view")),
        (_("Settings"), address_of("settings:home"), "g s", True),
    ]
    listed = request.path.startswith(("/guidelines/", "/procedures/"))  # among the settings
    here = address_of("settings:home") if listed else request.path
    current = max((address for _label, address, _key, _may in entries if here.startswith(address)), key=len, default="")
    return [
        {"label": label, "url": address, "key": key, "current": address == current}
        for label, address, key, may in entries
        if may
    ]
