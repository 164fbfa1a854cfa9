"""Addresses for payment providers and the customers they send back."""

from django.urls import path

from onhand.web.payments import views

app_name = "payments"

urlpatterns = [
    path("hooks/<slug:hook>/", views.hook, name="hook"),
    path("given/", views.given, name="given"),
]
