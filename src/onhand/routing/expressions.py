"""
What work asks of people, as people write it: ``Refunds 3+ and (Spanish 4+ or not Beginners)``, ``anybody``, ``@ Ana Núñez``.

A term is the name of a skill, language or kind of licence, alone or with levels: ``3`` and ``3+`` from that level on, ``2-4`` between
two, ``=2`` just that. Names with signs in them, or that are words of the language itself, are put in quotation marks. *And* binds
closer than *or*. The words are understood in English and in the reader's language, and written in the reader's.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from django.utils.translation import gettext as _
from django.utils.translation import override

from onhand.routing.matching.wanted import ANYBODY, HIGHEST, LOWEST, All, Has, Not, OneOf, People, Wanted
from onhand.staff.languages import language_options
from onhand.staff.models import LicenceKind, Representative, Skill

MOST_PEOPLE = 20
LONGEST = 2_000
_TOKEN = re.compile(
    r"""\s*(?:(?P<quoted>"[^"]*")|(?P<sign>[()@,])|(?P<levels>[=≥>]*\s*[1-5](?:\s*[-–]\s*[1-5]|\+)?(?![\w.]))|(?P<word>[^\s()@,"]+))""",
    re.VERBOSE,
)


class WrongExpressionError(ValueError):
    """An expression that cannot be read; the text says what is wrong and how to mend it, in the reader's language."""


@dataclass(frozen=True)
class Names:
    """What expressions can speak of: attribute → what people call it. `people`: number → name."""

    attributes: Mapping[str, str]
    people: Mapping[int, str] = field(default_factory=dict)

    @cached_property
    def _by_name(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for attribute, name in self.attributes.items():
            found.setdefault(name.casefold(), attribute)
            found.setdefault(attribute.casefold(), attribute)
            found.setdefault(attribute.partition(":")[2].casefold(), attribute)
        return found

    def attribute(self, name: str) -> str:
        """
        The attribute people call this; also by its key.

        :raises WrongExpressionError: nothing is called so.
        """
        found = self._by_name.get(name.casefold())
        if found is None:
            raise WrongExpressionError(
                _("There is no skill, language or licence “%(name)s”. There are: %(some)s.")
                % {"name": name[:60], "some": ", ".join(self._near(name))}
            )
        return found

    def person(self, name: str) -> int:
        """
        The representative of this name.

        :raises WrongExpressionError: nobody is called so, or several are.
        """
        found = [number for number, known in self.people.items() if known.casefold() == name.casefold()]
        if len(found) != 1:
            raise WrongExpressionError(
                (_("Several people are called “%(name)s”.") if found else _("Nobody is called “%(name)s”."))
                % {"name": name[:60]}
            )
        return found[0]

    def _near(self, name: str) -> list[str]:
        from difflib import get_close_matches

        own = [label for attribute, label in self.attributes.items() if not attribute.startswith("language:")]
        close = get_close_matches(name, self.attributes.values(), 4, 0.5)
        return [_quoted(one) for one in close or own[:8]] or [_("none yet")]


def read_names() -> Names:
    """Every skill, language, licence and active person there is, called as the reader calls them."""
    attributes = {f"skill:{key}": name for key, name in Skill.objects.filter(is_active=True).values_list("key", "name")}
    for key, name in LicenceKind.objects.filter(is_active=True).values_list("key", "name"):
        attributes[f"licence:{key}"] = name
    attributes |= {f"language:{code}": name for code, name in language_options()}
    people = dict(Representative.objects.filter(is_active=True).values_list("pk", "name"))
    return Names(attributes, people)


def read_expression(text: str, names: Names) -> Wanted:
    """
    What a text asks. Nothing, and *anybody*, ask nothing.

    :raises WrongExpressionError: what cannot be read, saying where.
    """
    if len(text) > LONGEST:
        raise WrongExpressionError(_("This is too long: at most %(most)s signs.") % {"most": LONGEST})
    reading = _Reading(list(_tokens(text)), names)
    if not reading.tokens:
        return ANYBODY
    found = reading.either()
    if reading.left:
        raise WrongExpressionError(_("“%(word)s” is not expected here.") % {"word": reading.tokens[reading.at].text})
    return found


def write_expression(wanted: Wanted, names: Names) -> str:
    """The text that reads as this."""
    return _write(wanted, names, is_part=False)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


def _tokens(text: str) -> Iterator[_Token]:
    at, end = 0, len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if found is None or found.end() == at:
            raise WrongExpressionError(_("A quotation mark is not closed."))
        kind = found.lastgroup or ""
        value = found.group(kind)
        yield _Token(kind, value[1:-1] if kind == "quoted" else value)
        at = found.end()


def _keywords() -> dict[str, str]:
    """Words of the language itself, in English and in the reader's."""
    with override("en"):
        known = {word: word for word in ("and", "or", "not", "anybody")}
    return known | {_("and"): "and", _("or"): "or", _("not"): "not", _("anybody"): "anybody"}


class _Reading:
    """Recursive descent over the tokens of one text."""

    def __init__(self, tokens: list[_Token], names: Names) -> None:
        self.tokens, self.names, self.at, self.depth = tokens, names, 0, 0
        self.keywords = _keywords()

    @property
    def left(self) -> bool:
        return self.at < len(self.tokens)

    def is_next(self, *words: str) -> bool:
        if not self.left:
            return False
        token = self.tokens[self.at]
        if token.kind == "sign":
            return token.text in words
        return token.kind == "word" and self.keywords.get(token.text.casefold()) in words

    def take(self, *words: str) -> bool:
        if self.is_next(*words):
            self.at += 1
            return True
        return False

    def either(self) -> Wanted:
        parts = [self.together()]
        while self.take("or"):
            parts.append(self.together())
        return parts[0] if len(parts) == 1 else OneOf(tuple(parts))

    def together(self) -> Wanted:
        parts = [self.one()]
        while self.take("and"):
            parts.append(self.one())
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def one(self) -> Wanted:
        self.depth += 1
        if self.depth > 8:
            raise WrongExpressionError(_("There are too many brackets within brackets."))
        try:
            if self.take("not"):
                return Not(self.one())
            if self.take("("):
                found = self.either()
                if not self.take(")"):
                    raise WrongExpressionError(_("A bracket is not closed."))
                return found
            if self.take("@"):
                return self.people()
            if self.take("anybody"):
                return ANYBODY
            return self.term()
        finally:
            self.depth -= 1

    def people(self) -> People:
        found = [self.names.person(self.name())]
        while self.take(","):
            found.append(self.names.person(self.name()))
        if len(found) > MOST_PEOPLE:
            raise WrongExpressionError(_("Name at most %(most)s people.") % {"most": MOST_PEOPLE})
        return People(frozenset(found))

    def term(self) -> Has:
        attribute = self.names.attribute(self.name())
        if not (self.left and self.tokens[self.at].kind == "levels"):
            return Has(attribute)
        text = self.tokens[self.at].text
        self.at += 1
        levels = [int(one) for one in re.findall(r"[1-5]", text)]
        if len(levels) == 2:
            if levels[0] > levels[1]:
                raise WrongExpressionError(_("“%(levels)s”: the lower level comes first.") % {"levels": text.strip()})
            return Has(attribute, levels[0], levels[1])
        is_exact = text.strip().startswith("=")
        lowest = levels[0] + 1 if ">" in text and "=" not in text and "≥" not in text else levels[0]
        if lowest > HIGHEST:
            raise WrongExpressionError(_("Levels go from 1 to 5."))
        return Has(attribute, lowest, lowest if is_exact else HIGHEST)

    def name(self) -> str:
        """Words up to a sign, a level or a word of the language; or what stands in quotation marks."""
        words: list[str] = []
        while self.left:
            token = self.tokens[self.at]
            if token.kind == "quoted" and not words:
                self.at += 1
                return token.text.strip()
            if token.kind != "word" or token.text.casefold() in self.keywords:
                break
            words.append(token.text)
            self.at += 1
        if not words:
            found = self.tokens[self.at].text if self.left else _("the end")
            raise WrongExpressionError(_("A name is missing before “%(word)s”.") % {"word": found})
        return " ".join(words)


def _write(wanted: Wanted, names: Names, *, is_part: bool) -> str:
    match wanted:
        case Has(attribute, lowest, highest):
            name = _quoted(names.attributes.get(attribute, attribute))
            if (lowest, highest) == (LOWEST, HIGHEST):
                return name
            if highest == HIGHEST:
                return f"{name} {lowest}+"
            return f"{name} ={lowest}" if lowest == highest else f"{name} {lowest}-{highest}"
        case People(ids):
            return "@ " + ", ".join(_quoted(names.people.get(one, str(one))) for one in sorted(ids))
        case Not(part):
            return f"{_('not')} {_write(part, names, is_part=True)}"
        case All(parts) | OneOf(parts):
            if not parts:
                return _("anybody") if isinstance(wanted, All) else f"{_('not')} {_('anybody')}"
            word = f" {_('and')} " if isinstance(wanted, All) else f" {_('or')} "
            text = word.join(_write(part, names, is_part=len(parts) > 1) for part in parts)
            return f"({text})" if is_part and len(parts) > 1 else text


def _quoted(name: str) -> str:
    is_plain = re.fullmatch(r"[^\s()@,\"0-9=≥>+]+(?: [^\s()@,\"0-9=≥>+]+)*", name)
    is_keyword = any(word.casefold() in _keywords() for word in name.split())
    return name if is_plain and not is_keyword else f'"{name}"'
