from django.apps import AppConfig


class KernelConfig(AppConfig):
    name = "onhand.kernel"
    label = "kernel"

    def ready(self) -> None:
        from onhand.kernel import discovery

        discovery.load_apps()
