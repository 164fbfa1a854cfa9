"""Who a customer is, where they live, how they are reached and recognised, and what was noted."""

from django.db import models
from django.db.models.functions import Lower

from onhand.customers.enums import AddressKind, Confidence, CustomerKind, IdentityKind, IdentitySource
from onhand.kernel.models import Versioned


class Customer(Versioned):
    """
    A person or organisation the company serves.

    A customer merged into another keeps its row and everything on it; `merged_into` names the file it is read as part of, always
    one that is not merged itself. `erased_at` says that personal data was taken out.
    """

    reference = models.CharField(max_length=16, unique=True)
    kind = models.CharField(max_length=20, choices=CustomerKind, default=CustomerKind.PERSON)
    name = models.CharField(max_length=300)
    form_of_address = models.CharField(max_length=60, blank=True, default="")
    search_text = models.TextField(default="")
    language = models.CharField(max_length=10, default="en")
    time_zone = models.CharField(max_length=60, default="UTC")
    born_on = models.DateField(null=True)
    tax_number = models.CharField(max_length=40, blank=True, default="")
    accessibility_needs = models.JSONField(default=list)
    preferred_channel = models.CharField(max_length=20, blank=True, default="")
    reach_from = models.TimeField(null=True)
    reach_until = models.TimeField(null=True)
    address_lines = models.CharField(max_length=300, blank=True, default="")
    postal_code = models.CharField(max_length=20, blank=True, default="")
    city = models.CharField(max_length=100, blank=True, default="")
    region = models.CharField(max_length=100, blank=True, default="")
    country = models.CharField(max_length=2, blank=True, default="")
    site = models.ForeignKey("staff.Site", null=True, on_delete=models.PROTECT, related_name="+")
    team = models.ForeignKey("staff.Team", null=True, on_delete=models.PROTECT, related_name="+")
    owner = models.ForeignKey("staff.Representative", null=True, on_delete=models.PROTECT, related_name="+")
    household = models.ForeignKey("customers.Household", null=True, on_delete=models.PROTECT, related_name="members")
    merged_into = models.ForeignKey("self", null=True, db_index=False, on_delete=models.PROTECT, related_name="merged")
    customer_since = models.DateField()
    created_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["name", "id"], name="customer_by_name"),
            models.Index(
                fields=["merged_into"], condition=models.Q(merged_into__isnull=False), name="customer_merged_into"
            ),
            models.Index(fields=["born_on"], condition=models.Q(born_on__isnull=False), name="customer_by_birth"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(merged_into__isnull=True) | ~models.Q(merged_into=models.F("id")),
                name="customer_not_merged_into_itself",
            )
        ]


class Identity(models.Model):
    """
    What a customer can be recognised and reached by: e-mail address, telephone number (E.164), handle, customer or account number.

    Several customers may share one. `match_key` is the form compared when somebody is recognised. A withdrawn identity stays: it
    says who had it until when.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="identities")
    kind = models.CharField(max_length=20, choices=IdentityKind)
    network = models.CharField(max_length=40, blank=True, default="")  # of a handle
    value = models.CharField(max_length=254)
    match_key = models.GeneratedField(
        expression=Lower("value"), output_field=models.CharField(max_length=254), db_persist=True
    )
    label = models.CharField(max_length=60, blank=True, default="")
    source = models.CharField(max_length=20, choices=IdentitySource, default=IdentitySource.STATED)
    confidence = models.PositiveSmallIntegerField(choices=Confidence, default=Confidence.STATED)
    is_shared = models.BooleanField(default=False)
    valid_from = models.DateTimeField(null=True)  # None: not known since when
    withdrawn_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "kind", "network", "match_key"],
                condition=models.Q(withdrawn_at__isnull=True),
                name="identity_once_per_customer",
            )
        ]
        indexes = [
            # The classes are for beginnings, whatever the database's order of letters.
            models.Index(
                fields=["match_key", "kind"],
                name="identity_by_match_key",
                opclasses=["varchar_pattern_ops", "varchar_pattern_ops"],
            ),
        ]


class OutsideId(models.Model):
    """What another system calls a customer. One system calls one customer by it."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="outside_ids")
    system = models.CharField(max_length=60)
    value = models.CharField(max_length=200)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["system", "value"], name="outside_id_once")]


class Address(models.Model):
    """A further address of a customer, beside the one on the file itself: for deliveries, bills, or a former one."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="addresses")
    kind = models.CharField(max_length=20, choices=AddressKind)
    address_lines = models.CharField(max_length=300)
    postal_code = models.CharField(max_length=20, blank=True, default="")
    city = models.CharField(max_length=100, blank=True, default="")
    region = models.CharField(max_length=100, blank=True, default="")
    country = models.CharField(max_length=2)
    valid_from = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)


class Note(models.Model):
    """What a representative wrote down about a customer."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="notes")
    text = models.TextField()
    author_id = models.BigIntegerField(null=True)
    author_name = models.CharField(max_length=200)
    contact_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["customer", "-created_at", "-id"], name="note_by_customer")]
