from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    name = "onhand.catalogue"
    label = "catalogue"
