"""How the catalogue is arranged: categories, attributes products are compared by, groups of customers with prices of their own."""

import re
import unicodedata
from typing import Annotated

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.catalogue import access, subjects
from onhand.catalogue.enums import AttributeType
from onhand.catalogue.models import Attribute, Category, CustomerGroup, GroupMember
from onhand.customers.models import Customer
from onhand.customers.subjects import CUSTOMER
from onhand.kernel.acts import Run, act
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field

MOST_ATTRIBUTES = 200
Group = Annotated[int, Field(label=gettext_lazy("Customer group"), reference=subjects.REF_GROUP)]


@act(subject=subjects.CATEGORY, creates=True, permission=access.MANAGE, label=gettext_lazy("Add a category"))
def add_category(
    *,
    run: Run,
    category_name: Annotated[str, Field(label=gettext_lazy("Name"), max_length=100)],
    within: Annotated[int | None, Field(label=gettext_lazy("Within"), reference=subjects.REF_CATEGORY)] = None,
) -> Category:
    """Add a shelf of the catalogue, within another or at the top."""
    if within is not None and not Category.objects.filter(pk=within).exists():
        raise NotPossible(_("Choose one of the list."), field="within")
    if Category.objects.filter(name=category_name, parent=within).exists():
        raise NotPossible(_("There is a category of this name."), field="category_name")
    return Category.objects.create(name=category_name, parent_id=within)


@act(subject=subjects.ATTRIBUTE, creates=True, permission=access.MANAGE, label=gettext_lazy("Add an attribute"))
def add_attribute(
    *,
    run: Run,
    attribute_name: Annotated[str, Field(label=gettext_lazy("Name"), max_length=60)],
    type: Annotated[AttributeType, Field(label=gettext_lazy("What its values are"))],
    unit: Annotated[str, Field(label=gettext_lazy("Unit"), help=gettext_lazy("Such as W or cm."), max_length=20)] = "",
) -> Attribute:
    """Add something products are compared and proposed by. Its value is said on each product."""
    if Attribute.objects.count() >= MOST_ATTRIBUTES:
        raise NotPossible(_("There are %(count)s attributes. More cannot be told apart.") % {"count": MOST_ATTRIBUTES})
    plain = unicodedata.normalize("NFKD", attribute_name.lower()).encode("ascii", "ignore").decode()
    key = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:40] or f"attribute_{Attribute.objects.count() + 1}"
    if Attribute.objects.filter(key=key).exists():
        raise NotPossible(_("There is an attribute of this name."), field="attribute_name")
    return Attribute.objects.create(key=key, name=attribute_name, type=type, unit=unit)


@act(subject=subjects.GROUP, creates=True, permission=access.MANAGE, label=gettext_lazy("Add a customer group"))
def add_customer_group(
    *, run: Run, group_name: Annotated[str, Field(label=gettext_lazy("Name"), max_length=60)]
) -> CustomerGroup:
    """Add a group of customers. A price list given to it holds for its members only."""
    if CustomerGroup.objects.filter(name=group_name).exists():
        raise NotPossible(_("There is a group of this name."), field="group_name")
    return CustomerGroup.objects.create(name=group_name)


@act(subject=CUSTOMER, permission=access.MANAGE, label=gettext_lazy("Put the customer into a group"))
def join_group(customer: Customer, *, run: Run, group: Group) -> None:
    """Put the customer into a group: from now on the group's prices are theirs."""
    found = CustomerGroup.objects.filter(pk=group).first()
    if found is None:
        raise NotPossible(_("Choose one of the list."), field="group")
    _member, is_new = GroupMember.objects.get_or_create(customer=customer, group=found)
    if not is_new:
        raise NotPossible(_("The customer is in this group."), field="group")
    run.changed("customer_group", after=found.name)


@act(subject=CUSTOMER, permission=access.MANAGE, label=gettext_lazy("Take the customer out of a group"))
def leave_group(customer: Customer, *, run: Run, group: Group) -> None:
    """Take the customer out of a group. What was ordered at its prices stays as it is."""
    member = GroupMember.objects.filter(customer=customer, group=group).select_related("group").first()
    if member is None:
        raise NotPossible(_("The customer is not in this group."), field="group")
    member.delete()
    run.changed("customer_group", before=member.group.name)
