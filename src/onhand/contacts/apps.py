from django.apps import AppConfig


class ContactsConfig(AppConfig):
    name = "onhand.contacts"
    label = "contacts"

    def ready(self) -> None:
        from onhand.contacts.identification import connect
        from onhand.contacts.promises.following_acts import KEY, promise_what_follows
        from onhand.contacts.promises.tests_on_books import offered_tests
        from onhand.guidelines.follow_ups import set_tests
        from onhand.kernel.following import register_follower

        connect()
        set_tests(offered_tests)
        register_follower(KEY, promise_what_follows)
