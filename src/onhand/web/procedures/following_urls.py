"""Addresses of the pages that say whether procedures were followed."""

from django.urls import path

from onhand.web.procedures import following

app_name = "followed"

urlpatterns = [
    path("", following.figures, name="figures"),
    path("contacts/<id:pk>/", following.contact, name="contact"),
]
