from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "onhand.web"
    label = "web"
