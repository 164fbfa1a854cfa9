from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "onhand.orders"
    label = "orders"

    def ready(self) -> None:
        from onhand.orders import promised as _tests  # noqa: F401  (registers the tests on promises)
        from onhand.orders.identification import connect
        from onhand.orders.settling import is_payable_by, still_open, title_of
        from onhand.orders.taking_out import find_paid_there
        from onhand.payments.documents import register_document
        from onhand.payments.elsewhere import ElsewhereKind, register_elsewhere

        connect()
        register_elsewhere(ElsewhereKind("order", "orders", "order", is_booked=False, find=find_paid_there))
        register_document("order", is_payable_by, still_open=still_open, title=title_of)
