from django.apps import AppConfig


class ReceiptsConfig(AppConfig):
    name = "onhand.receipts"
    label = "receipts"

    def ready(self) -> None:
        from onhand.receipts import gate, withholding_work

        gate.connect()
        withholding_work.connect()
