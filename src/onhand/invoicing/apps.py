from django.apps import AppConfig


class InvoicingConfig(AppConfig):
    name = "onhand.invoicing"
    label = "invoicing"

    def ready(self) -> None:
        from onhand.invoicing.issuing import is_payable_by, still_open, title_of
        from onhand.invoicing.outside import connect
        from onhand.payments.documents import register_document

        connect()
        register_document("document", is_payable_by, still_open=still_open, title=title_of)
