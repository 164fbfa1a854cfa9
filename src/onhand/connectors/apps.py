from django.apps import AppConfig


class ConnectorsConfig(AppConfig):
    name = "onhand.connectors"
    label = "connectors"
