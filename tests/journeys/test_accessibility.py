"""Every page of the desk, as somebody sees it who may see it all: no accessibility violation, nothing refused, nothing cut off."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.journeys.company import Person

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from onhand.contacts.models import Contact
    from onhand.customers.models import Customer

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]
AXE = Path(__file__).parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
SHOP = ("catalogue", "coupons", "payments", "invoicing", "orders", "billing", "ledger")
WIDER = """() => [document.documentElement, ...document.querySelectorAll('.column, .bar')]
  .filter((one) => one.checkVisibility() && one.scrollWidth > one.clientWidth + 1).map((one) => one.className || one.tagName)"""


def addresses(customer: "Customer") -> list[str]:
    """One of every kind of page, and the form of every act."""
    from onhand.kernel.acts import all_acts
    from onhand.knowledge.models import Article, StandardResponse
    from onhand.staff.models import LicenceKind, Representative, Role, Site, Skill, Team
    from onhand.web.grave import GRAVE

    file = f"/desk/customers/{customer.pk}/"
    ids = {
        "customer": customer.pk,
        "representative": Representative.objects.get(email="administrator@demo.example").pk,
        "role": Role.objects.get(key="senior").pk,
        "team": Team.objects.first().pk,  # type: ignore[union-attr]
        "site": Site.objects.first().pk,  # type: ignore[union-attr]
        "contact": written_to(customer).pk,
        "article": Article.objects.order_by("pk")[0].pk,
        "skill": Skill.objects.order_by("pk")[0].pk,
        "licence_kind": LicenceKind.objects.order_by("pk")[0].pk,
        "standard_response": StandardResponse.objects.order_by("pk")[0].pk,
    }
    ids |= wrapped_up_with(ids["team"])
    forms = []
    for act in all_acts():
        if act.name in GRAVE:
            continue  # behind the password, on the settings pages
        if act.subject == "customer" and not act.creates:
            forms.append(f"{file}acts/{act.name}/")
        elif act.creates:
            forms.append(f"/desk/acts/{act.name}/new/")
        elif act.subject in ids:
            forms.append(f"/desk/acts/{act.name}/{ids[act.subject]}/")
    settings = ["account/", "tokens/", "people/", f"people/{ids['representative']}/", "roles/", f"roles/{ids['role']}/"]
    settings += [
        "articles/",
        f"articles/{ids['article']}/",
        f"articles/{ids['article']}/compare/",
        "articles/to-review/",
    ]
    settings += ["responses/", f"responses/{ids['standard_response']}/"]
    settings += [
        "contacts/",
        f"contacts/reasons/{ids['contact_reason']}/",
        f"contacts/signatures/{ids['team_signature']}/",
    ]
    settings += ["skills/", f"skills/{ids['skill']}/", "skills/people/", "seats/", "work/", "away/"]
    settings += ["places/", "events/", "records/", "records/opened/", "status/"]
    account = ["password/change/", "2fa/", "2fa/totp/activate/", "2fa/passkeys/", "sessions/", "logout/"]
    pages = ["/desk/", "/desk/customers/", "/desk/customers/?q=zzzz", "/desk/keys/", "/desk/customers/424242/", file]
    pages += ["/desk/arrive/?channel=telephone&from=%2B34600111222", f"{file}?q=zzzz&since=2026-01-01"]
    pages += [f"{file}panels/{key}/" for key in ("belonging", "consents", "identity_checks", "readings")]
    pages += [f"/desk/contacts/{ids['contact']}/", f"/desk/contacts/{written_to(None).pk}/", "/desk/lists/held/"]
    pages += ["/desk/lists/mine/", "/desk/lists/team/"]
    pages += ["/desk/articles/", "/desk/articles/?q=ketle", f"/desk/articles/{ids['article']}/"]
    pages += [f"/settings/{page}" for page in settings] + [f"/account/{page}" for page in account]
    return pages + forms


def furnish_shop() -> None:
    """The demo company's products, orders, payments and accounts."""
    from django.utils import timezone

    from onhand.billing.demo import create_demo_billing, create_demo_company_details
    from onhand.catalogue.demo import create_demo_catalogue
    from onhand.coupons.demo import create_demo_coupons
    from onhand.orders.demo import create_demo_orders
    from onhand.payments.demo import create_demo_payments

    now = timezone.now()
    for create in (create_demo_catalogue, create_demo_coupons, create_demo_company_details, create_demo_payments):
        create(at=now)
    create_demo_orders(at=now)
    create_demo_billing(at=now)


def addresses_of_the_shop() -> list[str]:
    """One of every page about what is sold and paid, and the form of every act on one of it."""
    from onhand.kernel.acts import all_acts
    from onhand.kernel.subjects import subject_type
    from onhand.orders.models import Shipment
    from onhand.web.grave import GRAVE
    from onhand.web.settings.act_pages import SUBJECTS

    order = Shipment.objects.order_by("pk")[0].order
    pages = ["products/", "prices/", "taxes/", "invoicing/", "plans/", "dunning/", "billing/", "guides/", "coupons/"]
    pages += ["books/", "books/journals/", "stock/", "payments/", "drawers/", "bank/", "catalogue/", "webhooks/"]
    found = [f"/settings/{page}" for page in pages]
    found += ["/desk/products/", "/desk/products/?q=mirror", f"/orders/customers/{order.customer_id}/"]
    found += [f"/orders/{order.pk}/dispute/"]
    for panel in ("orders", "account", "payments", "coupons"):
        found.append(f"/desk/customers/{order.customer_id}/panels/{panel}/")
    for act in all_acts():
        if act.name in GRAVE or act.name.partition(".")[0] not in SHOP:
            continue
        if act.creates:
            found.append(f"/desk/acts/{act.name}/new/")
            continue
        if act.subject == "customer":
            found.append(f"/desk/customers/{order.customer_id}/acts/{act.name}/")
            continue
        kind = subject_type(act.subject)
        one = order.pk if act.subject == "order" else kind.model._default_manager.values_list("pk", flat=True).first()
        if one is None:
            continue
        in_settings = act.subject in SUBJECTS
        found.append(
            f"/settings/acts/{act.subject}/{one}/{act.name}/" if in_settings else f"/desk/acts/{act.name}/{one}/"
        )
        page = kind.page(one)
        if page and page not in found:
            found.append(page)
    return found


def wrapped_up_with(team: int) -> dict[str, int]:
    """Reasons in two levels and a signature that leaves a line out."""
    from onhand.contacts.models import ContactReason, TeamSignature

    above, _made = ContactReason.objects.get_or_create(name="Delivery", parent=None)
    ContactReason.objects.get_or_create(name="Late", parent=above)
    signed = {"text": "Kind regards,\n{representative.name}\nCase {case.reference}"}
    signature, _made = TeamSignature.objects.get_or_create(team_id=team, language="", defaults=signed)
    return {"contact_reason": above.pk, "team_signature": signature.pk}


def written_to(customer: "Customer | None") -> "Contact":
    """A contact in writing with every kind of message, file and state."""
    from django.utils import timezone

    from onhand.staff.models import Representative
    from tests.factories.writing import make_attachment, make_message, make_thread

    somebody, now = Representative.objects.get(email="administrator@demo.example"), timezone.now()
    contact = make_thread(
        customer,
        representative_id=somebody.pk,
        last_message_at=now,
        due_at=now,
        priority=2,
        team=somebody.teams.first(),
    )
    quoted = "Thank you.\n\nOn Monday Ana wrote:\n> Hello"
    theirs = make_message(contact, quoted, quoted_from=12, html='<p>Thank you.</p><img data-src="https://x.example/y">')
    make_attachment(theirs, "handle.pdf", "application/pdf", b"%PDF-1.4")
    make_attachment(theirs, "macro.doc", "application/msword", b"x", scan="infected")
    make_message(contact, "Ask Ben.", direction="outbound", is_internal=True)
    later = {"send_after": now + timedelta(minutes=1)}
    for state in ("sent", "waiting", "held", "failed", "cancelled"):
        make_message(contact, "Soon.", direction="outbound", state=state, problem="550 no such mailbox", **later)
    return contact


def violations(page: "Page") -> list[str]:
    """What axe-core finds wrong. It is evaluated, not loaded, as the content policy lets nothing else in."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{one['id']}: {node['target']} {node['failureSummary']}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


def look_over(somebody: Person, addresses: list[str]) -> None:
    """Nothing is wrong with any of these pages."""
    page, found = somebody.page, {}
    for address in addresses:
        page.goto(address)
        wrong = violations(page) + [f"wider than the screen: {one}" for one in page.evaluate(WIDER)]
        if wrong:
            found[address] = wrong
    assert not found, "\n".join(f"{address}: {wrong}" for address, wrong in found.items())


# Both widths and both schemes, not each with each: what is cut off depends on the one, what cannot be read on the other.
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_every_page(person: Callable[..., Person], company: "list[Customer]", width: int, scheme: str) -> None:
    somebody = person("administrator", width=width, scheme=scheme)
    look_over(somebody, addresses(company[0]))
    somebody.wrong = [said for said in somebody.wrong if "424242" not in said]


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
@pytest.mark.usefixtures("company")
def test_every_page_of_what_is_sold_and_paid(person: Callable[..., Person], width: int, scheme: str) -> None:
    furnish_shop()
    look_over(person("administrator", width=width, scheme=scheme), addresses_of_the_shop())
