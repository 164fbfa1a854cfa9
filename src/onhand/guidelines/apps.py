from django.apps import AppConfig


class GuidelinesConfig(AppConfig):
    name = "onhand.guidelines"
    label = "guidelines"

    def ready(self) -> None:
        from onhand.guidelines.authority import AUTHORITY
        from onhand.kernel.decisions import set_authority

        set_authority(AUTHORITY)
