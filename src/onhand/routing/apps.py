from django.apps import AppConfig


class RoutingConfig(AppConfig):
    name = "onhand.routing"
    label = "routing"

    def ready(self) -> None:
        from onhand.contacts.answer_times import CALENDAR_OF_TEAM
        from onhand.routing.following import connect
        from onhand.routing.queues import calendar_of_team

        connect()
        if calendar_of_team not in CALENDAR_OF_TEAM:
            CALENDAR_OF_TEAM.append(calendar_of_team)
