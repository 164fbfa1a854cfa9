"""What conditions may ask about a message, its sender, its contact and the moment, in the trade's words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from onhand.classifying.queries import reason_options
from onhand.contacts.enums import Priority
from onhand.customers.enums import ChannelKind, FlagKind
from onhand.knowledge.languages import language_name
from onhand.rules.enums import How
from onhand.rules.situations import Course, Situation
from onhand.staff.models import Team

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

Options = Sequence[tuple[str, "_StrOrPromise"]]
NOTHING = "none"  # stands for no team, no automaton and the like


class Kind(StrEnum):
    """What sort of answer a quality has, and so how it may be compared."""

    WORDS = "words"
    ADDRESSES = "addresses"
    CHOICE = "choice"
    NUMBER = "number"
    YES_NO = "yes_no"
    CLOCK = "clock"


HOWS: dict[Kind, tuple[How, ...]] = {
    Kind.WORDS: (How.HAS_ANY, How.HAS_ALL, How.HAS_NONE),
    Kind.ADDRESSES: (How.IS_ANY, How.IS_NONE),
    Kind.CHOICE: (How.IS_ANY, How.IS_NONE),
    Kind.NUMBER: (How.AT_LEAST, How.AT_MOST),
    Kind.YES_NO: (How.YES, How.NO),
    Kind.CLOCK: (How.BETWEEN, How.OUTSIDE),
}


@dataclass(frozen=True, slots=True)
class Quality:
    """
    One thing to ask about. `read` gives a haystack for words, texts for addresses and choices, a number, a yes or no, or the minute
    of the day. `otherwise` is the label of a yes or no when the answer is no; `unit` stands behind a number.
    """

    key: str
    label: "_StrOrPromise"
    kind: Kind
    read: Callable[[Situation, Course], Any]
    options: Callable[[], Options] = tuple
    otherwise: "_StrOrPromise" = ""
    unit: "_StrOrPromise" = ""


_qualities: dict[str, Quality] = {}


def register_quality(quality: Quality) -> Quality:
    """Make something known that conditions may ask about."""
    _qualities[quality.key] = quality
    return quality


def all_qualities() -> list[Quality]:
    """Every quality, in the order they are offered."""
    return list(_qualities.values())


def find_quality(key: str) -> Quality | None:
    """The quality of that key, if there is one."""
    return _qualities.get(key)


def team_options() -> Options:
    """Every team, and none."""
    return [
        *((str(pk), name) for pk, name in Team.objects.order_by("name").values_list("pk", "name")),
        (NOTHING, _("none")),
    ]


def _languages() -> Options:
    return [*((code, language_name(code)) for code in LANGUAGES), ("", _("unknown"))]


def _ref(value: int | None) -> tuple[str, ...]:
    return (NOTHING if value is None else str(value),)


# Those customers of a European company write in most.
LANGUAGES = (
    *(
        "en",
        "es",
        "ca",
        "gl",
        "eu",
        "pt",
        "fr",
        "de",
        "it",
        "nl",
        "pl",
        "ro",
        "cs",
        "hu",
        "bg",
        "el",
        "sv",
        "da",
        "nb",
        "fi",
    ),
    *("tr", "ar", "uk", "ru", "zh", "ja"),
)
AUTOMATA = (
    (NOTHING, _("none: a person wrote it")),
    ("auto_reply", _("an automatic reply")),
    ("list", _("a mailing list")),
)
WEEKDAYS = tuple(
    enumerate((_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday")))
)

for _quality in (
    Quality("sender", _("the sender's address"), Kind.ADDRESSES, lambda s, _c: (s.sender,)),
    Quality("recipient", _("an address it was sent to"), Kind.ADDRESSES, lambda s, _c: (*s.recipients, s.came_to)),
    Quality("came_to", _("the mailbox it came to"), Kind.ADDRESSES, lambda s, _c: (s.came_to,)),
    Quality("subject", _("the subject"), Kind.WORDS, lambda s, _c: s.subject_words),
    Quality("text", _("the text"), Kind.WORDS, lambda s, _c: s.text_words),
    Quality("anywhere", _("the subject or the text"), Kind.WORDS, lambda s, _c: s.subject_words + s.text_words),
    Quality("file_name", _("the name of an attachment"), Kind.WORDS, lambda s, _c: s.file_words),
    Quality(
        *("has_files", _("it has an attachment"), Kind.YES_NO),
        read=lambda s, _c: bool(s.attachments),
        otherwise=_("it has no attachment"),
    ),
    Quality("language", _("the language"), Kind.CHOICE, lambda s, _c: (s.known.language,), _languages),
    Quality("channel", _("the channel"), Kind.CHOICE, lambda s, _c: (s.channel,), lambda: ChannelKind.choices),
    Quality(
        "automaton",
        _("the automaton that wrote it"),
        Kind.CHOICE,
        lambda s, _c: (s.automatic or NOTHING,),
        lambda: AUTOMATA,
    ),
    Quality(
        *("checks_failed", _("a check of the sender failed"), Kind.YES_NO),
        read=lambda s, _c: s.failed_checks,
        otherwise=_("no check of the sender failed"),
    ),
    Quality(
        *("customer_known", _("the customer is known"), Kind.YES_NO),
        read=lambda s, _c: s.known.customer is not None,
        otherwise=_("the customer is not known"),
    ),
    Quality(
        *("is_organisation", _("the customer is an organisation"), Kind.YES_NO),
        read=lambda s, _c: s.known.is_organisation,
        otherwise=_("the customer is not an organisation"),
    ),
    Quality(
        "flag", _("a sign on the customer's file"), Kind.CHOICE, lambda s, _c: s.known.flags, lambda: FlagKind.choices
    ),
    Quality(
        *("has_case", _("the customer has an open case"), Kind.YES_NO),
        read=lambda _s, c: c.open_cases > 0,
        otherwise=_("the customer has no open case"),
    ),
    Quality("earlier", _("the number of earlier messages of the contact"), Kind.NUMBER, lambda s, _c: s.known.earlier),
    Quality(
        *("is_open", _("it is within opening hours"), Kind.YES_NO),
        read=lambda s, _c: s.known.is_open,
        otherwise=_("it is outside opening hours"),
    ),
    Quality("clock", pgettext_lazy("of the day", "the time"), Kind.CLOCK, lambda s, _c: s.at.hour * 60 + s.at.minute),
    Quality(
        *("weekday", _("the day"), Kind.CHOICE),
        read=lambda s, _c: (str(s.at.weekday()),),
        options=lambda: [(str(number), name) for number, name in WEEKDAYS],
    ),
    Quality(
        *("priority", _("the priority"), Kind.CHOICE),
        read=lambda _s, c: (str(c.priority),),
        options=lambda: [(str(value), label) for value, label in Priority.choices],
    ),
    Quality("team", _("the team"), Kind.CHOICE, lambda _s, c: _ref(c.team), team_options),
    Quality(
        *("is_taken", _("somebody has taken it"), Kind.YES_NO),
        read=lambda _s, c: c.owner is not None,
        otherwise=_("nobody has taken it"),
    ),
    Quality(
        "team_suggested", _("the team suggested"), Kind.CHOICE, lambda s, _c: (s.known.team_suggested,), team_options
    ),
    Quality("team_sure", _("how sure the suggested team is"), Kind.NUMBER, lambda s, _c: s.known.team_sure, unit="%"),
    Quality(
        "reason_suggested",
        _("the reason suggested"),
        Kind.CHOICE,
        lambda s, _c: (s.known.reason_suggested,),
        reason_options,
    ),
    Quality(
        "reason_sure", _("how sure the suggested reason is"), Kind.NUMBER, lambda s, _c: s.known.reason_sure, unit="%"
    ),
):
    register_quality(_quality)
