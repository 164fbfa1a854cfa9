"""Addresses for outside shops."""

from django.urls import path

from onhand.web.connectors import views

app_name = "connectors"

urlpatterns = [path("hooks/<slug:hook>/", views.hook, name="hook")]
