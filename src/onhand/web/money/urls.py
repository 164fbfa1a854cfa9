"""Addresses of documents and accounts."""

from django.urls import URLPattern, URLResolver, path

from onhand.web.money import views

app_name = "money"
urlpatterns: list[URLPattern | URLResolver] = [
    path("documents/<int:document_id>/", views.document, name="document"),
    path("documents/<int:document_id>/file.pdf", views.pdf, name="pdf"),
    path("documents/<int:document_id>/file.xml", views.xml, name="xml"),
    path("accounts/<int:account_id>/", views.account, name="account"),
    path("accounts/<int:account_id>/statement.pdf", views.statement, name="statement"),
    path("subscriptions/<int:subscription_id>/", views.subscription, name="subscription"),
    path("payment-plans/<int:plan_id>/", views.payment_plan, name="payment_plan"),
]
