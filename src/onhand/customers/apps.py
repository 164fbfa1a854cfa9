from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "onhand.customers"
    label = "customers"

    def ready(self) -> None:
        from onhand.customers.identification.level import gate
        from onhand.kernel.gates import set_identification

        set_identification(gate)
