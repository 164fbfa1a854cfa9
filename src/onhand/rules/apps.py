from django.apps import AppConfig

PLACE = 50  # after all that finds out who it is and what it is about


class RulesConfig(AppConfig):
    name = "onhand.rules"
    label = "rules"

    def ready(self) -> None:
        from onhand.contacts.inbound import register_step
        from onhand.rules.running import apply_to_arrival

        register_step(PLACE, apply_to_arrival)
