from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "onhand.orders"
    label = "orders"

    def ready(self) -> None:
        from onhand.orders.identification import connect
        from onhand.orders.settling import is_payable_by, still_open, title_of
        from onhand.payments.documents import register_document

        connect()
        register_document("order", is_payable_by, still_open=still_open, title=title_of)
