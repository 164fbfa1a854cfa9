"""Acts whose form comes after a choice: where they are opened, a page with what can be chosen comes first."""

from onhand.web.addresses import address_of

FIRST = {
    "callbacks.arrange_callback": "desk:customer_callback",
    "callbacks.arrange_callback_about": "desk:contact_callback",
    "callbacks.move_callback": "desk:callback_move",
}


def chooser_of(act: str, subject_id: int) -> str:
    """The page that comes before the form of an act; empty where it opens at once."""
    return address_of(FIRST[act], subject_id) if act in FIRST else ""
