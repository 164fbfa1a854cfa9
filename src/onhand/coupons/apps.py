from django.apps import AppConfig


class CouponsConfig(AppConfig):
    name = "onhand.coupons"
    label = "coupons"
