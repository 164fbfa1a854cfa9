from django.apps import AppConfig


class KnowledgeConfig(AppConfig):
    name = "onhand.knowledge"
    label = "knowledge"
