"""Arranging callbacks, on a customer's file and on a contact."""

from datetime import datetime
from typing import Annotated

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.contacts.contact_subject import CONTACT
from onhand.contacts.models import Contact
from onhand.customers.enums import ChannelKind
from onhand.customers.membership import family_ids
from onhand.customers.models import Customer
from onhand.customers.subjects import CUSTOMER
from onhand.kernel.acts import Run, act
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field
from onhand.routing.callbacks import access
from onhand.routing.callbacks.arranging import Asked, arrange, open_promises_to_call
from onhand.routing.callbacks.subjects import PROMISE_TO_CALL
from onhand.routing.subjects import QUEUE

Matter = Annotated[str, Field(label=gettext_lazy("What it is about"), max_length=200)]
Telephone = Annotated[
    str,
    Field(
        label=gettext_lazy("Number to call"),
        help=gettext_lazy("Empty: the number on the file, or the one they called from."),
        widget="telephone",
        max_length=40,
    ),
]
From = Annotated[
    datetime | None,
    Field(label=gettext_lazy("Not before"), help=gettext_lazy("Empty, with the end empty too: as soon as possible.")),
]
Until = Annotated[datetime | None, Field(label=gettext_lazy("Not after"))]
Language = Annotated[str, Field(label=gettext_lazy("Language"), widget="language", max_length=10)]
ToQueue = Annotated[int | None, Field(label=gettext_lazy("Queue"), reference=QUEUE)]
Since = Annotated[
    datetime | None,
    Field(
        label=gettext_lazy("They have waited since"),
        help=gettext_lazy("Time they waited already counts: they keep their place in the order."),
    ),
]
AllTheSame = Annotated[
    bool,
    Field(
        label=gettext_lazy("All the same"),
        help=gettext_lazy("Also where a callback about the same is arranged, or no calls were wanted before."),
    ),
]


@act(
    subject=CUSTOMER,
    permission=access.HANDLE,
    label=gettext_lazy("Arrange a callback"),
    only_adds=True,
    row_only=True,
)
def arrange_callback(
    customer: Customer,
    *,
    run: Run,
    matter: Matter,
    telephone: Telephone = "",
    window_from: From = None,
    window_until: Until = None,
    language: Language = "",
    queue: ToQueue = None,
    waiting_since: Since = None,
    promise: Annotated[
        int | None,
        Field(
            label=gettext_lazy("Promise to call"),
            help=gettext_lazy("The promise the call keeps; whoever made it is asked first."),
            reference=PROMISE_TO_CALL,
        ),
    ] = None,
    all_the_same: AllTheSame = False,
) -> None:
    """Have the customer called at a time that suits them, or as soon as possible; they keep their place in the order."""
    asked = Asked(
        telephone, matter, language, queue, window_from, window_until, waiting_since, all_the_same=all_the_same
    )
    kept = None
    if promise is not None:
        kept = next((one for one in open_promises_to_call(customer.pk) if one.pk == promise), None)
        if kept is None:
            raise NotPossible(_("This promise is not open any more."), field="promise")
    contact = Contact.objects.filter(pk=run.contact_id or 0, customer__in=family_ids([customer.pk])).first()
    arrange(run, asked, customer=customer, contact=contact, promise=kept)


@act(
    subject=CONTACT,
    permission=access.HANDLE,
    label=gettext_lazy("Arrange a callback"),
    only_adds=True,
    row_only=True,
)
def arrange_callback_about(
    contact: Contact,
    *,
    run: Run,
    matter: Matter = "",
    telephone: Telephone = "",
    window_from: From = None,
    window_until: Until = None,
    language: Language = "",
    queue: ToQueue = None,
    waiting_since: Since = None,
    all_the_same: AllTheSame = False,
) -> None:
    """Have whoever is on this contact called, also where it is not known who they are."""
    used = contact.outside_address if contact.channel == ChannelKind.TELEPHONE else ""
    about = matter or contact.subject
    if not about:
        raise NotPossible(_("Say what it is about."), field="matter")
    asked = Asked(
        telephone or used,
        about,
        language,
        queue,
        window_from,
        window_until,
        waiting_since,
        all_the_same=all_the_same,
    )
    arrange(run, asked, customer=contact.customer, contact=contact)
