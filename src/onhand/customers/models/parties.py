"""How customers belong together, and who may act for whom."""

from django.db import models

from onhand.customers.enums import RelationKind
from onhand.customers.models.file import Customer


class Household(models.Model):
    """Customers who live together. Belonging to one gives nobody a right to another's file."""

    name = models.CharField(max_length=200)
    created_at = models.DateTimeField()


class Relation(models.Model):
    """
    `other` speaks for `customer`: as contact of a company or as authorised third party.

    `may_be_told` and `may_do` list scopes of business (`customers.scopes`). A relation that ended stays on the file.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="relations")
    other = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="speaks_for")
    kind = models.CharField(max_length=20, choices=RelationKind)
    function = models.CharField(max_length=100, blank=True, default="")
    may_be_told = models.JSONField(default=list)
    may_do = models.JSONField(default=list)
    proof = models.CharField(max_length=300, blank=True, default="")
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    set_by_id = models.BigIntegerField(null=True)
    set_by_name = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "other", "kind"],
                condition=models.Q(ended_at__isnull=True),
                name="relation_once",
            ),
            models.CheckConstraint(
                condition=~models.Q(customer=models.F("other")), name="relation_between_two_customers"
            ),
        ]
