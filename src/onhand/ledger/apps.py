from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "onhand.ledger"
    label = "ledger"
