from django.apps import AppConfig


class ContactsConfig(AppConfig):
    name = "onhand.contacts"
    label = "contacts"

    def ready(self) -> None:
        from onhand.contacts.identification import connect

        connect()
