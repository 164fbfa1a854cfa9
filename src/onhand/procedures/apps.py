from django.apps import AppConfig


class ProceduresConfig(AppConfig):
    name = "onhand.procedures"
    label = "procedures"

    def ready(self) -> None:
        from onhand.procedures.binding import connect

        connect()
