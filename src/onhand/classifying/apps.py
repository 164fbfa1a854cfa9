from django.apps import AppConfig

PLACE = 40  # before the rules, which may ask what was suggested


class ClassifyingConfig(AppConfig):
    name = "onhand.classifying"
    label = "classifying"

    def ready(self) -> None:
        from onhand.classifying.suggesting import suggest_at_arrival
        from onhand.contacts.inbound import register_step

        register_step(PLACE, suggest_at_arrival)
