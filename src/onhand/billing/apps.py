from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "onhand.billing"
    label = "billing"
