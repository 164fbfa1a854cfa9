from django.apps import AppConfig


class CallbacksConfig(AppConfig):
    name = "onhand.routing.callbacks"
    label = "callbacks"

    def ready(self) -> None:
        from onhand.routing.callbacks.work import connect

        connect()
