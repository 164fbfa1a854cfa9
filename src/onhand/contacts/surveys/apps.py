from django.apps import AppConfig


class SurveysConfig(AppConfig):
    name = "onhand.contacts.surveys"
    label = "surveys"
