from django.apps import AppConfig


class ApprovalsConfig(AppConfig):
    name = "onhand.approvals"
    label = "approvals"

    def ready(self) -> None:
        from onhand.approvals.as_work import connect

        connect()
