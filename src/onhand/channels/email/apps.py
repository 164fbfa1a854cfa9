from django.apps import AppConfig


class EmailConfig(AppConfig):
    name = "onhand.channels.email"
    label = "email"
