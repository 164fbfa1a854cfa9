from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "onhand.webhooks"
    label = "webhooks"
