"""
The roles every installation starts with, and the one place where a new permission is given to them.

Only names are listed here: the apps above declare them. At the next start of a new version a stored role that the company has not changed
follows this list. One it has changed is left alone, and administrators are told what is new for it.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from onhand.kernel.actor import Visibility
from onhand.kernel.permissions import all_permissions

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

_WORK = ("customers.view", "customers.add_note", "knowledge.read", "guidelines.view", "receipts.read")
_SERVE = (
    *_WORK,
    "customers.register",
    "customers.change_contact_points",
    "customers.change_language",
    "customers.change_preferences",
    "customers.record_consent",
    "customers.identify",
    "contacts.handle",
    "contacts.handle_cases",
    "contacts.promise",
    "contacts.answer",
    "routing.work",
    "approvals.ask",
    "procedures.run",
    "catalogue.view",
    "catalogue.reserve",
    "coupons.view",
    "coupons.give",
    "payments.view",
    "payments.take",
    "payments.refund",
    "invoicing.view",
    "orders.view",
    "orders.change",
    "connectors.ask",
    "billing.view",
)
# What beginners, and programs that work like representatives, do not do by themselves: a colleague looks at it first.
_UNREVIEWED = ("contacts.answer_unreviewed",)
_SENIOR = (
    "contacts.release",
    "contacts.assign",
    "contacts.help",
    "approvals.answer",
    "orders.discount",
    "orders.discount_line",
    "orders.exchange_across_products",
)
# What a program that works like a representative does not do by itself: say who somebody is and who speaks for them, and warn of them.
_JUDGE = ("customers.change_person", "customers.change_relations", "customers.set_flags", "customers.reveal")
_OFFICE = ("customers.work_without_contact",)
_COLLEAGUES = ("staff.own_account", "staff.view")
_CREDIT = ("invoicing.issue", "billing.change", "billing.agree", "orders.goodwill")
_LEAD = ("records.view", "routing.watch", "ledger.view")
_STEER = ("routing.steer", "routing.set_up")
_STOCK = ("catalogue.manage", "catalogue.count", "orders.ship")
_TILL = ("payments.drawer", "payments.manage")
_PRIVACY = ("customers.handle_privacy_requests",)
_MERGE = ("customers.merge",)
_TEACH = ("knowledge.write", "knowledge.manage_responses")


@dataclass(frozen=True, slots=True)
class BuiltInRole:
    """A role that comes with the product. `permissions` None means every permission there is."""

    key: str
    name: "_StrOrPromise"
    visibility: Visibility
    permissions: tuple[str, ...] | None

    def default_permissions(self) -> list[str]:
        """What the role allows unless a company changed it."""
        return sorted(self.permissions if self.permissions is not None else (p.name for p in all_permissions()))


def definition_of(key: str) -> BuiltInRole | None:
    """What the product says of a role; None of a company's own."""
    return next((one for one in BUILT_IN if one.key == key), None)


BUILT_IN = (
    BuiltInRole(
        "representative", _("Representative"), Visibility.SITE, (*_SERVE, *_UNREVIEWED, *_JUDGE, *_COLLEAGUES, *_CREDIT)
    ),
    BuiltInRole("beginner", _("Beginner"), Visibility.SITE, (*_SERVE, *_COLLEAGUES)),
    BuiltInRole(
        "senior",
        _("Senior representative"),
        Visibility.SITE,
        (
            *(*_SERVE, *_UNREVIEWED, *_SENIOR, *_JUDGE, *_MERGE, *_TEACH, *_COLLEAGUES),
            *("customers.lift_flags", "staff.manage_tokens", *_CREDIT),
        ),
    ),
    BuiltInRole(
        "supervisor",
        _("Supervisor"),
        Visibility.SITE,
        (
            *(*_SERVE, *_UNREVIEWED, *_SENIOR, *_JUDGE, *_MERGE, *_TEACH, *_COLLEAGUES, *_LEAD, *_OFFICE, *_PRIVACY),
            *(
                "knowledge.approve",
                "customers.lift_flags",
                "staff.manage_people",
                "staff.manage_abilities",
                "staff.manage_tokens",
                "contacts.end_of_others",
                "contacts.set_up",
                "customers.end_lockout",
                "email.handle_refused",
                "rules.set_up",
                "classifying.set_up",
                "surveys.set_up",
                "surveys.view_figures",
                *_STEER,
                *_STOCK,
                *_TILL,
                *_CREDIT,
                "invoicing.manage",
                "orders.set_up",
                "coupons.manage",
                "billing.manage",
                "billing.write_off",
                "approvals.set_up",
                "guidelines.write",
                "guidelines.publish",
                "guidelines.limit",
                "procedures.view",
                "procedures.write",
                "procedures.publish",
                "receipts.write",
                "receipts.publish",
            ),
        ),
    ),
    BuiltInRole("planner", _("Planner"), Visibility.ALL, (*_COLLEAGUES, "receipts.read")),
    BuiltInRole(
        "quality",
        _("Quality reviewer"),
        Visibility.ALL,
        (*_WORK, *_COLLEAGUES, *_LEAD, "knowledge.write", "surveys.view_figures", "procedures.view"),
    ),
    BuiltInRole("administrator", _("Administrator"), Visibility.ALL, None),
    BuiltInRole(
        "service",
        _("Service account"),
        Visibility.ALL,
        (*_SERVE, *_UNREVIEWED, *_JUDGE, *_OFFICE, *_CREDIT, "customers.import", "orders.import", "orders.ship"),
    ),
    BuiltInRole("ai", _("AI representative"), Visibility.SITE, _SERVE),
)
