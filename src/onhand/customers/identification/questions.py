"""
Questions from the file. What is asked is chosen here, and stays the same for a contact, so that nobody can look for the easiest;
what the customer said is compared here, and the right answers never leave the server.
"""

import hmac
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from babel.core import Locale, UnknownLocaleError
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from onhand.customers.contact_points import InvalidContactPoint, read_email, read_telephone
from onhand.customers.enums import IdentityKind
from onhand.customers.finding.words import fold
from onhand.customers.identification.level import ContactStanding
from onhand.customers.membership import member_ids
from onhand.customers.models import Customer, Identity
from onhand.kernel.signing import canonical, keyed_hash

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

MOST_ASKED = 3
Answers = Callable[[Sequence[Customer]], list[str]]
Fits = Callable[[str, str, Customer], bool]


@dataclass(frozen=True, slots=True)
class Question:
    """
    Something a customer is asked. `answers` gives every right answer on the file (its rows, the root first), none if it cannot be
    asked; `fits` compares what was said with one of them.
    """

    key: str
    label: "_StrOrPromise"
    answers: Answers
    fits: Fits


def same_letters(said: str, right: str, customer: Customer) -> bool:  # noqa: ARG001
    """Whether two texts are the same but for case, accents, spaces and signs."""
    return _bare(said) == _bare(right) != ""


_questions: dict[str, Question] = {}


def register_question(question: Question) -> None:
    """Add a question; apps above add those on what they know, such as the last order. Raises TypeError if its key is taken."""
    if question.key in _questions:
        raise TypeError(f"two questions are called {question.key}")
    _questions[question.key] = question


def question_options() -> "list[tuple[str, _StrOrPromise]]":
    """(key, label) of every question there is."""
    return [(one.key, one.label) for one in _questions.values()]


def questions_to_ask(
    customer: Customer, contact_id: int, contact: ContactStanding, most: int = MOST_ASKED
) -> list[Question]:
    """The questions asked on this contact, in order: always the same, and not to be foreseen. `customer` is not merged itself."""
    rows = _rows(customer)
    known = fold(contact.address) or "\0"
    possible = [one for one in _questions.values() if _worth_asking(one, rows, known)]
    return sorted(possible, key=lambda one: keyed_hash(canonical(["ask", contact_id, customer.pk, one.key])))[:most]


def is_right(question: Question, said: str, customer: Customer) -> bool:
    """Whether what the customer said is a right answer."""
    return any(question.fits(said, right, customer) for right in question.answers(_rows(customer)))


def _worth_asking(question: Question, rows: Sequence[Customer], known: str) -> bool:
    """There is an answer, and it is not what the telephone or the mail showed by itself."""
    answers = question.answers(rows)
    return bool(answers) and known not in [fold(answer) for answer in answers]


def _rows(customer: Customer) -> list[Customer]:
    rows = {one.pk: one for one in Customer.objects.filter(pk__in=member_ids(customer.pk))}
    return [customer, *(one for pk, one in rows.items() if pk != customer.pk)]


def _bare(text: str) -> str:
    return re.sub(r"[\W_]", "", fold(text))


def _column(name: str) -> Answers:
    return lambda rows: [str(value) for row in rows if (value := getattr(row, name))]


def _identities(kind: IdentityKind) -> Answers:
    def answers(rows: Sequence[Customer]) -> list[str]:
        found = Identity.objects.filter(customer__in=rows, kind=kind, withdrawn_at__isnull=True, is_shared=False)
        return list(found.values_list("value", flat=True))

    return answers


def _same_telephone(said: str, right: str, customer: Customer) -> bool:
    try:
        return hmac.compare_digest(read_telephone(said, customer.country), right)
    except InvalidContactPoint:
        return False


def _same_email(said: str, right: str, customer: Customer) -> bool:  # noqa: ARG001
    try:
        return fold(read_email(said)) == fold(right)
    except InvalidContactPoint:
        return False


def _same_day(said: str, right: str, customer: Customer) -> bool:
    return date.fromisoformat(right) in _days(said, customer)


def _days(said: str, customer: Customer) -> set[date]:
    """The day meant by what was typed: figures in a usual order, or with the month by name. The year needs four figures."""
    months = _months(customer.language) | _months(get_language() or "en")
    parts = re.findall(r"[0-9]{1,4}|[^\W\d_]+", fold(said))
    named = [months[part] for part in parts if part in months]
    numbers = [int(part) for part in parts if part.isdigit()]
    if named and len(numbers) == 2:
        year, day = max(numbers), min(numbers)
        orders = [(year, named[0], day)]
    elif len(numbers) == 3:
        a, b, c = numbers
        month_first = customer.country == "US"
        orders = [(a, b, c)] if a > 31 else [(c, a, b) if month_first else (c, b, a)]
    else:
        orders = []
    days = set()
    for year, month, day in orders:
        with suppress(ValueError):
            days.add(date(year, month, day))
    return {day for day in days if day.year >= 1000}


def _months(language: str) -> dict[str, int]:
    try:
        names = Locale.parse(language.replace("-", "_")).months["format"]
    except (UnknownLocaleError, ValueError):
        return {}
    return {
        fold(name).rstrip("."): number for width in ("wide", "abbreviated") for number, name in names[width].items()
    }


for _question in (
    Question("born_on", _("Date of birth"), _column("born_on"), _same_day),
    Question("postal_code", _("Postal code"), _column("postal_code"), same_letters),
    Question("address_lines", _("Street and number"), _column("address_lines"), same_letters),
    Question("tax_number", _("Tax number"), _column("tax_number"), same_letters),
    Question("customer_number", _("Customer number"), _identities(IdentityKind.CUSTOMER_NUMBER), same_letters),
    Question("account_number", _("Account number"), _identities(IdentityKind.ACCOUNT_NUMBER), same_letters),
    Question("email", _("E-mail address on file"), _identities(IdentityKind.EMAIL), _same_email),
    Question("telephone", _("Telephone number on file"), _identities(IdentityKind.TELEPHONE), _same_telephone),
):
    register_question(_question)
