"""Which settings pages there are, and who sees them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from onhand.approvals import access as approvals
from onhand.billing import access as billing
from onhand.catalogue import access as catalogue
from onhand.channels.email import access as email
from onhand.classifying import access as classifying
from onhand.connectors import access as connectors
from onhand.contacts.access import SET_UP, SET_UP_CASES
from onhand.contacts.surveys import access as surveys
from onhand.coupons import access as coupons
from onhand.customers import access as customers
from onhand.customers.demo_mailbox import has_demo_mailbox
from onhand.guidelines import access as guidelines
from onhand.invoicing import access as invoicing
from onhand.kernel.actor import Actor
from onhand.knowledge import access as knowledge
from onhand.ledger import access as ledger
from onhand.orders import access as orders
from onhand.payments import access as payments
from onhand.procedures import access as procedures
from onhand.receipts import access as receipts
from onhand.routing import access as routing
from onhand.rules import access as rules
from onhand.staff import access
from onhand.web.addresses import address_of
from onhand.webhooks import access as webhooks

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise


@dataclass(frozen=True, slots=True)
class Page:
    """One entry of the settings' side list. Without a permission everybody sees it; `is_there` says whether anybody does."""

    name: str
    label: "_StrOrPromise"
    permission: str = ""
    is_there: Callable[[], bool] = lambda: True


GROUPS: "tuple[tuple[_StrOrPromise, tuple[Page, ...]], ...]" = (
    (
        _("Me"),
        (
            Page("settings:account", _("My account")),
            Page("account_change_password", _("Password")),
            Page("mfa_index", _("Second factors and passkeys")),
            Page("usersessions_list", _("Sessions")),
            Page("settings:tokens", _("API tokens"), access.MANAGE_TOKENS),
        ),
    ),
    (
        _("Staff"),
        (
            Page("settings:people", _("People"), access.VIEW),
            Page("settings:roles", _("Roles"), access.VIEW),
            Page("settings:places", _("Teams and sites"), access.VIEW),
            Page("settings:skills", _("Skills and licences"), access.MANAGE_ABILITIES),
            Page("settings:levels", _("Who can what"), access.MANAGE_ABILITIES),
        ),
    ),
    (
        _("Customers"),
        (
            Page("settings:identification", _("Identification"), customers.SET_IDENTIFICATION),
            Page("settings:failed_identifications", _("Failed identifications"), customers.END_LOCKOUT),
            Page("settings:demo_mail", _("Mail of the demo"), customers.READ_DEMO_MAIL, has_demo_mailbox),
            Page("settings:imports", _("Bring in"), customers.IMPORT),
            Page("settings:export", _("Take out"), customers.EXPORT),
        ),
    ),
    (
        _("Channels"),
        (Page("settings:mailboxes", _("Mailboxes"), email.HANDLE_REFUSED),),
    ),
    (
        _("Giving out work"),
        (
            Page("settings:queues", _("Queues"), routing.SET_UP),
            Page("settings:seats", _("What people can take"), routing.SET_UP),
            Page("settings:work_kinds", _("Kinds of work"), routing.SET_UP),
            Page("settings:away_reasons", _("Reasons for being away"), routing.SET_UP),
            Page("settings:callback_rules", _("Callbacks"), routing.SET_UP),
            Page("settings:approvals", _("Approvals"), approvals.SET_UP),
        ),
    ),
    (
        _("Cases"),
        (
            Page("settings:case_kinds", _("Kinds of cases"), SET_UP_CASES),
            Page("settings:case_lists", _("Reasons, products, stages"), SET_UP_CASES),
            Page("settings:calendars", _("Opening hours"), SET_UP_CASES),
            Page("settings:contact_setup", _("Wrap-up and signatures"), SET_UP),
            Page("settings:contact_rules", _("Rules of contacts"), SET_UP),
        ),
    ),
    (
        _("Catalogue"),
        (
            Page("settings:products", _("Products"), catalogue.MANAGE),
            Page("settings:price_lists", _("Price lists"), catalogue.MANAGE),
            Page("settings:taxes", _("Taxes"), catalogue.MANAGE),
            Page("settings:stock_places", _("Stock"), catalogue.COUNT),
            Page("settings:guides", _("Needs guides"), catalogue.MANAGE),
            Page("settings:catalogue", _("Categories and attributes"), catalogue.MANAGE),
        ),
    ),
    (
        _("Money"),
        (
            Page("settings:campaigns", _("Coupons"), coupons.MANAGE),
            Page("settings:books", _("Books"), ledger.VIEW),
            Page("settings:company", _("Company and numbers"), invoicing.MANAGE),
            Page("settings:orders", _("Orders"), orders.SET_UP),
            Page("settings:plans", _("Plans and tariffs"), billing.MANAGE),
            Page("settings:dunning", _("Dunning"), billing.MANAGE),
            Page("settings:billing", _("Billing"), billing.MANAGE),
        ),
    ),
    (
        _("Payments"),
        (
            Page("settings:payment_providers", _("Payment providers"), payments.MANAGE),
            Page("settings:drawers", _("Cash drawers"), payments.DRAWER),
            Page("settings:bank", _("Bank statements"), payments.MANAGE),
        ),
    ),
    (
        _("Knowledge"),
        (
            Page("settings:articles", _("Articles"), knowledge.WRITE),
            Page("settings:article_reviews", _("To approve and review"), knowledge.WRITE),
            Page("settings:responses", _("Standard responses"), knowledge.MANAGE_RESPONSES),
        ),
    ),
    (
        _("Guidelines"),
        (
            Page("guidelines:guidelines", _("Guidelines"), guidelines.VIEW),
            Page("guidelines:limits", _("Limits"), guidelines.VIEW),
            Page("guidelines:notices", _("Notices"), receipts.WRITE),
            Page("procedures:procedures", _("Procedures"), procedures.VIEW),
            Page("followed:figures", _("Procedures followed"), procedures.VIEW),
        ),
    ),
    (
        _("Arriving contacts"),
        (
            Page("settings:rules", _("Rules"), rules.SET_UP),
            Page("settings:suggestions", _("Suggestions"), classifying.SET_UP),
        ),
    ),
    (
        _("Satisfaction"),
        (
            Page("settings:survey_figures", _("Figures"), surveys.VIEW_FIGURES),
            Page("settings:surveys", _("Surveys"), surveys.SET_UP),
        ),
    ),
    (
        _("Privacy"),
        (
            Page("settings:privacy_requests", _("Requests"), customers.HANDLE_REQUESTS),
            Page("settings:privacy_exports", _("Exports"), customers.EXPORT_PERSONAL_DATA),
            Page("settings:privacy_erasures", _("Erasures"), customers.ERASE),
            Page("settings:retention", _("Retention"), customers.MANAGE_RETENTION),
            Page("settings:accesses", _("Opened files"), access.VIEW_RECORDS),
        ),
    ),
    (
        _("Installation"),
        (
            Page("settings:shops", _("Outside shops"), connectors.MANAGE),
            Page("settings:webhooks", _("Webhooks"), webhooks.MANAGE),
            Page("settings:events", _("Events"), access.VIEW_EVENTS),
            Page("settings:records", _("Records"), access.VIEW_RECORDS),
            Page("settings:status", _("Status"), access.VIEW_STATUS),
        ),
    ),
)


def navigation(request: HttpRequest, actor: Actor) -> list[dict[str, Any]]:
    """The side list as this actor sees it."""
    found = []
    addresses = [address_of(page.name) for _title, pages in GROUPS for page in pages]
    here = max((url for url in addresses if request.path.startswith(url)), key=len, default="")
    for title, pages in GROUPS:
        entries = [
            (page.label, address_of(page.name))
            for page in pages
            if (not page.permission or actor.may(page.permission)) and page.is_there()
        ]
        if entries:
            shown = [{"label": label, "url": url, "current": url == here} for label, url in entries]
            found.append({"title": title, "entries": shown})
    return found
