"""Addresses of orders."""

from django.urls import URLPattern, URLResolver, path

from onhand.web.orders import views

app_name = "orders"
urlpatterns: list[URLPattern | URLResolver] = [
    path("customers/<int:customer_id>/", views.orders_of_customer, name="of_customer"),
    path("returns/<int:return_id>/", views.return_page, name="return"),
    path("returns/<int:return_id>/label.pdf", views.label, name="label"),
    path("<int:order_id>/", views.order, name="order"),
    path("<int:order_id>/parts/", views.parts, name="parts"),
    path("<int:order_id>/dispute/", views.dispute, name="dispute"),
]
