"""What the e-mail channel holds about a person: mail as it arrived. Once it is known whose it is, it goes with the file."""

from django.utils.translation import gettext_lazy as _

from onhand.channels.email.models import RawMail
from onhand.contacts.contact_rules_subject import PAGE, raw_mail_after
from onhand.customers.privacy.holdings import TableHolding, Treatment, hold
from onhand.customers.privacy.periods import Period, register_period

hold(
    TableHolding(
        name="raw_mails",
        label=_("Mail as it arrived"),
        model=RawMail,
        paths=("message__contact__customer_id",),
        shown=(("received_at", _("When")), ("mailbox__address", _("Mailbox")), ("size", _("Bytes"))),
        treatment=Treatment.ANONYMISE,
        kept=frozenset(
            {"mailbox", "route", "outside_key", "sha256", "body_sha256", "size", "received_at", "settled_at", "state"}
            | {"tries", "not_before", "done_at", "message", "emptied_at"}
        ),
        why_kept=_("That it arrived stays known without its content, so that it is not fetched a second time."),
    )
)
register_period(
    Period(
        key="raw_mails",
        label=_("Mail as it arrived"),
        after=raw_mail_after,
        stays=_(
            "What was made of it stays on the contact. Mail that could not be read is kept until somebody dealt with it."
        ),
        page=PAGE,
    )
)
