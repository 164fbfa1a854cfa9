"""What can be wrong with a mail, by code, and how to say it. The mail is read all the same."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SENTENCES: dict[str, Promise] = {
    "empty": _("The mail has no content at all."),
    "head_malformed": _("The head of the mail has lines that are none."),
    "head_cut": _("The head of the mail is too long; the rest of it was left out."),
    "message_id_missing": _("The mail has no Message-ID of its own."),
    "sender_missing": _("The mail does not say who it is from."),
    "several_senders": _("The mail names several senders."),
    "recipients_cut": _("The mail has too many recipients; the first are kept."),
    "date_unreadable": _("The date of the mail cannot be read."),
    "date_absurd": _("The date of the mail does not fit the time it was delivered."),
    "charset_unknown": _("The mail names a character set nobody knows."),
    "charset_wrong": _("The mail is not in the character set it names."),
    "charset_guessed": _("The mail names no character set; it was guessed."),
    "encoding_unknown": _("A part of the mail is encoded in an unknown way."),
    "encoding_broken": _("A part of the mail is damaged."),
    "boundary_missing": _("The parts of the mail are not separated as they should be."),
    "nested_too_deeply": _("The mail has parts within parts without end; the innermost are kept as a file."),
    "parts_cut": _("The mail has too many parts; the first are kept."),
    "text_cut": _("The text of the mail is too long to be shown whole."),
    "html_cut": _("The formatted text of the mail is too long to be shown whole."),
    "html_unreadable": _("The formatted text of the mail cannot be read; the plain text is shown."),
    "encrypted": _("The mail is encrypted; what it says is in the attached file."),
    "signed_unread": _("The mail is signed in a way that hides its text; it is in the attached file."),
    "winmail": _("Outlook packed the attachments of the mail into one file (winmail.dat)."),
    "partial": _("The mail is a piece of a longer one."),
    "external_body": _("An attachment is only a reference to somewhere else; it was not fetched."),
    "type_disguised": _("An attachment is not what it says it is."),
    "text_of_forwarded": _("The mail only forwards another; that one's text is shown."),
    "card_numbers_masked": _("Card numbers were masked."),
    "unreadable": _("The mail could not be read in full."),
}


class Noted:
    """The problems met while reading one mail, each once, in order."""

    def __init__(self) -> None:
        self._codes: dict[str, None] = {}

    def note(self, code: str) -> None:
        assert code in SENTENCES, code
        self._codes[code] = None

    def codes(self) -> list[str]:
        return list(self._codes)
