"""
Cells read into trees: simple expressions (outputs, conditions of inputs) and simple unary tests (cells of inputs).

Grammar of DMN 1.5, 9.2, rules 1 to 21, with null and `@"…"` as in rule 62 onwards. Names may have blanks, so a reader is told which
names there are and takes the longest that fits.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from django.utils.translation import gettext as _

from onhand.guidelines.feel.errors import CellError, UnknownName
from onhand.guidelines.feel.values import NUMBERS, Value, is_range, read_moment

LONGEST_CELL = 10_000
DEEPEST = 40
MOST_OPERATIONS = 200
MOST_DIGITS = 34
GREATEST_EXPONENT = 6144
MOST_NAMES_SAID = 12


@dataclass(frozen=True, slots=True)
class Literal:
    value: Value


@dataclass(frozen=True, slots=True)
class Name:
    """A fact by its name; `path` are the parts of it asked for: `order.total.amount`."""

    path: tuple[str, ...]
    place: int = 0


@dataclass(frozen=True, slots=True)
class Calculation:
    sign: str
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True, slots=True)
class Comparison:
    sign: str
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True, slots=True)
class Minus:
    of: "Expression"


@dataclass(frozen=True, slots=True)
class Logic:
    """`and` or `or`, of three values: what is not known is null."""

    sign: str
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True, slots=True)
class Denial:
    of: "Expression"


Expression = Literal | Name | Calculation | Comparison | Minus | Logic | Denial


@dataclass(frozen=True, slots=True)
class Compared:
    """`< 5`, or `5` alone, which is `= 5`."""

    sign: str
    to: Expression


@dataclass(frozen=True, slots=True)
class Between:
    """`[1..5)`: from and to, each with or without its end."""

    low: Expression
    high: Expression
    with_low: bool
    with_high: bool


UnaryTest = Compared | Between


@dataclass(frozen=True, slots=True)
class UnaryTests:
    """Any of the tests, or with `negated` none of them; no tests at all is `-`: everything."""

    tests: tuple[UnaryTest, ...] = ()
    negated: bool = False


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str  # number, text, sign, word, end
    text: str
    place: int


_TOKEN = re.compile(
    r"""\s*(?:
    (?P<number>\d+(?:\.(?!\.)\d+)?(?:[eE][+-]?\d{1,4})?|\.\d+)
    |(?P<text>"(?:[^"\\\n]|\\.)*")
    |(?P<sign>\.\.|\*\*|<=|>=|!=|[-+*/<>=()\[\],.@])
    |(?P<word>[^\W\d]\w*)
    )""",
    re.VERBOSE,
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\", "'": "'"}
_MOMENTS = ("date and time", "date", "time", "duration")
_RESERVED = {"true", "false", "null", "not"}


def _tokens(text: str) -> list[_Token]:
    if len(text) > LONGEST_CELL:
        raise CellError(_("This is too long: %(most)s characters at most.") % {"most": LONGEST_CELL}, LONGEST_CELL)
    found, place = [], 0
    end = len(text.rstrip())
    while place < end:
        match = _TOKEN.match(text, place)
        if match is None:
            at = place + len(text[place:]) - len(text[place:].lstrip())
            raise CellError(_what_is_that(text[at]), at)
        kind = match.lastgroup or ""
        found.append(_Token(kind, match[kind], match.start(kind)))
        place = match.end()
    found.append(_Token("end", "", end))
    return found


def _what_is_that(sign: str) -> str:
    if sign == '"':
        return _("This text is not closed: put another double quote at its end.")
    if sign in "'“”„«»":
        return _('Texts stand in straight double quotes: "like this".')
    return _("“%(sign)s” means nothing here.") % {"sign": sign}


class Reader:
    """Reads cells in which these names may stand."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = tuple(names)
        self._by_words = {_words(name): name for name in self.names}
        self._longest = max((len(words) for words in self._by_words), default=0)

    def learn(self, name: str) -> None:
        """From now on this name may stand in cells, too."""
        self._by_words[_words(name)] = name
        self._longest = max(self._longest, len(_words(name)))

    def guess(self, error: UnknownName) -> str:
        """The name that words are taken for which are none that is known; this reader takes them for none, and raises."""
        raise error

    def expression(self, text: str) -> Expression:
        """A simple expression. Raises CellError."""
        state = _State(self, text)
        if state.next.kind == "end":
            raise CellError(_("Nothing stands here. Write a value, or null for none."))
        read = state.either()
        state.must_end()
        return read

    def tests(self, text: str) -> UnaryTests:
        """Simple unary tests: `-`, `< 5`, `"a", "b"`, `[1..5)`, `not("a")`. Raises CellError."""
        state = _State(self, text)
        if state.next.kind == "end" or (state.next.text == "-" and state.after().kind == "end"):
            return UnaryTests()
        negated = state.next.text == "not" and state.after().text == "("
        if negated:
            state.take()
            state.take()
        tests = [state.test()]
        while state.next.text == ",":
            state.take()
            tests.append(state.test())
        if negated:
            state.must(")")
        state.must_end()
        return UnaryTests(tuple(tests), negated)

    def longest_name(self, tokens: list[_Token], at: int) -> tuple[str, int] | None:
        """(name, tokens it takes) of the longest known name that stands there."""
        words = []
        for token in tokens[at : at + self._longest]:
            if token.kind not in ("word", "number", "sign"):
                break
            words.append(token.text)
        for many in range(len(words), 0, -1):
            name = self._by_words.get(tuple(words[:many]))
            if name is not None:
                return name, many
        return None


def end_of_name(text: str, name: Name) -> int:
    """Where the first part of a name that stands in the text ends."""
    tokens = _tokens(text)
    first = next(at for at, token in enumerate(tokens) if token.place == name.place)
    last = tokens[first + len(_words(name.path[0])) - 1]
    return last.place + len(last.text)


@lru_cache(10_000)
def _words(name: str) -> tuple[str, ...]:
    try:
        return tuple(token.text for token in _tokens(name) if token.kind != "end")
    except CellError:
        return (name,)


class _State:
    """One text being read."""

    def __init__(self, reader: Reader, text: str) -> None:
        self.reader = reader
        self.tokens = _tokens(text)
        self.at = 0
        self.depth = 0
        self.operations = 0

    @property
    def next(self) -> _Token:
        return self.tokens[self.at]

    def after(self, many: int = 1) -> _Token:
        return self.tokens[min(self.at + many, len(self.tokens) - 1)]

    def take(self) -> _Token:
        token = self.next
        self.at += token.kind != "end"
        return token

    def must(self, sign: str) -> None:
        if self.next.text != sign or self.next.kind != "sign":
            raise CellError(_("“%(sign)s” is missing here.") % {"sign": sign}, self.next.place)
        self.take()

    def must_end(self) -> None:
        if self.next.kind != "end":
            raise CellError(
                _("“%(rest)s” is more than can stand here.") % {"rest": self.next.text[:40]}, self.next.place
            )

    # unary tests

    def test(self) -> UnaryTest:
        sign = self.next.text if self.next.kind == "sign" else ""
        if sign in ("<", "<=", ">", ">=", "=", "!="):
            self.take()
            return Compared(sign, self.sum())
        if sign in ("[", "]") or (sign == "(" and self._is_between()):
            return self.between()
        return Compared("=", self.sum())

    def _is_between(self) -> bool:
        depth = 0
        for token in self.tokens[self.at :]:
            depth += (token.text == "(") - (token.text == ")") if token.kind == "sign" else 0
            if token.text == ".." and token.kind == "sign":
                return True
            if depth == 0:
                break
        return False

    def between(self) -> Between:
        with_low = self.take().text == "["
        place = self.next.place
        low = self.sum()
        self.must("..")
        high = self.sum()
        if isinstance(low, Literal) and isinstance(high, Literal) and not is_range(low.value, high.value):
            raise CellError(_("A range goes from one value to another of the same type."), place)
        end = self.take()
        if end.text not in ("]", ")", "["):
            raise CellError(_("A range ends with ] (its end belongs to it) or ) (it does not)."), end.place)
        return Between(low, high, with_low, end.text == "]")

    # expressions

    def either(self) -> Expression:
        left = self.both()
        while self.next.kind == "word" and self.next.text == "or":
            left = Logic(self._operation(), left, self.both())
        return left

    def both(self) -> Expression:
        left = self.comparison()
        while self.next.kind == "word" and self.next.text == "and":
            left = Logic(self._operation(), left, self.comparison())
        return left

    def comparison(self) -> Expression:
        left = self.sum()
        if self.next.kind == "sign" and self.next.text in ("=", "!=", "<", "<=", ">", ">="):
            return Comparison(self._operation(), left, self.sum())
        return left

    def _operation(self) -> str:
        """The sign that stands next; what a cell calculates is as deep a tree as it has signs."""
        self.operations += 1
        if self.operations > MOST_OPERATIONS:
            message = _("A cell calculates %(most)s times at most; make decisions of its parts.")
            raise CellError(message % {"most": MOST_OPERATIONS}, self.next.place)
        return self.take().text

    def sum(self) -> Expression:
        left = self.product()
        while self.next.kind == "sign" and self.next.text in "+-":
            left = Calculation(self._operation(), left, self.product())
        return left

    def product(self) -> Expression:
        left = self.power()
        while self.next.kind == "sign" and self.next.text in ("*", "/"):
            left = Calculation(self._operation(), left, self.power())
        return left

    def power(self) -> Expression:
        left = self.minus()
        while self.next.kind == "sign" and self.next.text == "**":
            left = Calculation(self._operation(), left, self.minus())
        return left

    def minus(self) -> Expression:
        if self.next.kind == "sign" and self.next.text == "-":
            self.take()
            self._deeper()
            of = self.minus()
            self.depth -= 1
            # A negative number is a number, so that cells with one can be put in order.
            if isinstance(of, Literal) and isinstance(of.value, Decimal):
                return Literal(NUMBERS.minus(of.value))
            return Minus(of)
        return self.simple()

    def _deeper(self) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise CellError(_("This is nested too deeply."), self.next.place)

    def simple(self) -> Expression:
        token = self.next
        if token.kind == "number":
            return Literal(_number(self.take()))
        if token.kind == "text":
            return Literal(_unquoted(self.take().text))
        if token.kind == "sign" and token.text == "(":
            self.take()
            return self._inside_brackets()
        if token.kind == "sign" and token.text == "@":
            self.take()
            return Literal(self._at())
        if token.kind == "word":
            return self._word()
        if token.kind == "end":
            raise CellError(_("A value is missing at the end."), token.place)
        raise CellError(_("A value is missing before “%(sign)s”.") % {"sign": token.text}, token.place)

    def _inside_brackets(self) -> Expression:
        self._deeper()
        inner = self.either()
        self.depth -= 1
        self.must(")")
        return inner

    def _at(self) -> Value:
        token = self.take()
        if token.kind != "text":
            raise CellError(_('After @ stands a text: @"2026-12-31".'), token.place)
        text = _unquoted(token.text)
        if text.lstrip("-").startswith("P"):
            return read_moment("duration", text, token.place)
        if "T" in text:
            return read_moment("date and time", text, token.place)
        return read_moment("time" if ":" in text else "date", text, token.place)

    def _word(self) -> Expression:
        moment = self._moment()
        if moment is not None:
            return moment
        found = self.reader.longest_name(self.tokens, self.at)
        if found is None:
            token = self.take()
            if token.text == "not" and self.next.text == "(" and self.next.kind == "sign":
                self.take()
                return Denial(self._inside_brackets())
            if token.text in _RESERVED - {"not"}:
                return Literal({"true": True, "false": False, "null": None}[token.text])
            self.at -= 1
            error = self._unknown(token)
            if not isinstance(error, UnknownName):
                raise error
            name = self.reader.guess(error)
            found = name, len(_words(name))
        name, many = found
        place = self.next.place
        self.at += many
        path = [name]
        while self.next.text == "." and self.after().kind == "word":
            self.take()
            path.append(self.take().text)
        return Name(tuple(path), place)

    def _moment(self) -> Literal | None:
        for what in _MOMENTS:
            words = what.split()
            here = [self.after(many).text for many in range(len(words) + 1)]
            if here == [*words, "("]:
                place = self.next.place
                self.at += len(words) + 1
                given = self.take()
                if given.kind != "text":
                    raise CellError(_("Between the brackets of %(what)s stands a text.") % {"what": what}, given.place)
                self.must(")")
                return Literal(read_moment(what, _unquoted(given.text), place))
        return None

    def _unknown(self, token: _Token) -> CellError:
        if self.after().text == "(":
            return CellError(_("There is no function %(name)s here.") % {"name": token.text[:60]}, token.place)
        known = ", ".join(sorted(self.reader.names)[:MOST_NAMES_SAID]) or _("none")
        message = _("Nothing is called %(name)s. A text stands in double quotes; facts are: %(known)s.") % {
            "name": token.text[:60],
            "known": known,
        }
        words = [token.text]
        for following in self.tokens[self.at + 1 :]:
            if following.kind != "word" or following.text in ("and", "or"):
                break
            words.append(following.text)
        return UnknownName(message, token.place, tuple(words))


def _number(token: _Token) -> Decimal:
    digits = re.split("[eE]", token.text)[0].replace(".", "").strip("0")
    number = Decimal(token.text)
    if len(digits) > MOST_DIGITS:
        raise CellError(_("A number has %(most)s digits at most.") % {"most": MOST_DIGITS}, token.place)
    if number and abs(number.adjusted()) > GREATEST_EXPONENT:
        raise CellError(_("There is no number as large or as small as that."), token.place)
    return number


def _unquoted(text: str) -> str:
    return re.sub(r"\\(u[0-9a-fA-F]{4}|.)", _unescaped, text[1:-1])


def _unescaped(match: re.Match[str]) -> str:
    said = match[1]
    return chr(int(said[1:], 16)) if len(said) == 5 else _ESCAPES.get(said, said)
