"""The text of a procedure read into a script; everything that is wrong with it is named with its line."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import lru_cache
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from onhand.guidelines.facts import all_sources, find_fact
from onhand.guidelines.feel.errors import CellError, UnknownName
from onhand.guidelines.feel.evaluating import evaluation, names_in
from onhand.guidelines.feel.reading import Reader
from onhand.kernel.acts import all_acts, find_act
from onhand.kernel.subjects import find_subject_type
from onhand.procedures.script import (
    AnswerType,
    Binding,
    Formula,
    Option,
    Prepared,
    Script,
    ScriptError,
    ScriptFault,
    Step,
    StepKind,
    Try,
)

if TYPE_CHECKING:
    from onhand.kernel.acts import Act

LONGEST_TEXT = 200_000
LONGEST_WORDS = 2_000
MOST_STEPS, MOST_OPTIONS, MOST_TESTS, MOST_GUESSES = 200, 60, 200, 20
CUSTOMER = "customer"
NOTHING = Script("", "", CUSTOMER, (), "", (), (), (), frozenset())
OF_OFFERS = (
    "remedy",
    "most",
)  # names the arguments of an offer's acts can use: what was chosen, and how much the guideline lets
_KEY = re.compile(r"(hint )?([a-z]{2}(?:-[A-Z]{2})?|[a-z]{3,12}):(?:\s|$)")
_LANGUAGE = re.compile(r"[a-z]{2}(?:-[A-Z]{2})?")
_ASKED = re.compile(r"([^()]+?)(?:\s*\(([^()]*)\))?")
_BAR = re.compile(r"(?<!\\)\|")
_PARTS = re.compile(r'((?:"(?:[^"\\]|\\.)*"|[^";])+)')
_RULE = re.compile(r"[\s|:\-]+")
_HEADS = frozenset({"about", "reasons", "note", "binds"})
_LINES = frozenset({"say", "ask", "identify", "stop", "offer", "do", "must", "if", "fact", "article", "with"})
_KINDS = ("say", "ask", "identify", "stop", "offer", "do")


@dataclass(slots=True)
class _Block:
    """A heading with what stands below it: lines by key, texts by language, a table. `line` is the heading's."""

    title: str
    line: int
    keys: dict[str, tuple[int, str]] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    hints: dict[str, str] = field(default_factory=dict)
    articles: list[str] = field(default_factory=list)
    given: list[tuple[int, str]] = field(default_factory=list)
    binds: list[tuple[int, str]] = field(default_factory=list)
    rows: list[tuple[int, list[str]]] = field(default_factory=list)
    plain: list[str] = field(default_factory=list)


@lru_cache(maxsize=256)
def read_script(text: str) -> Script:
    """
    A procedure out of its text.

    :raises ScriptError: with everything that is wrong, by line.
    """
    script, faults = read_as_far(text)
    if faults:
        raise ScriptError(list(faults))
    return script


def read_as_far(text: str) -> tuple[Script, tuple[ScriptFault, ...]]:
    """(a procedure as far as its text can be read, everything that is wrong with it by line): for who writes it, and nothing else."""
    if len(text) > LONGEST_TEXT:
        return NOTHING, (ScriptFault(0, _("This text is too long.")),)
    faults: list[ScriptFault] = []
    script = _Making(faults).script(*_blocks(text, faults))
    return script, tuple(sorted(faults, key=lambda one: one.line))


def _blocks(text: str, faults: list[ScriptFault]) -> tuple[_Block, list[_Block], list[_Block]]:
    """(the head, the steps, the tests), line by line."""
    head = _Block("", 0)
    steps: list[_Block] = []
    tests: list[_Block] = []
    block, last, in_tests = head, "", False
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        stripped = line.strip()
        if stripped.startswith("## "):
            block, last = _Block(stripped[3:].strip(), number), ""
            (tests if in_tests else steps).append(block)
        elif stripped.startswith("# "):
            last = ""
            if stripped[2:].strip() == "Tests":
                in_tests, block = True, _Block("Tests", number)
            elif head.title:
                faults.append(ScriptFault(number, _("A procedure has one title; steps begin with “##”.")))
            else:
                head.title, head.line = stripped[2:].strip(), number
        elif line.startswith("  ") and last and stripped and not stripped.startswith("|"):
            texts = block.hints if last.startswith("hint ") else block.words
            texts[last.removeprefix("hint ")] += " " + stripped
        else:
            last = _line(block, number, stripped, faults)
            if block is not head:
                faults += [
                    ScriptFault(number, _("“%(line)s” cannot be read here.") % {"line": one[:60]})
                    for one in block.plain
                ]
                block.plain.clear()
    return head, steps, tests


def _line(block: _Block, number: int, line: str, faults: list[ScriptFault]) -> str:
    """Put one line where it belongs; the language whose text it began, empty for none."""
    if line.startswith("|"):
        if not _RULE.fullmatch(line):
            cells = [cell.strip().replace("\\|", "|") for cell in _BAR.split(line.strip().removesuffix("|")[1:])]
            block.rows.append((number, cells))
        return ""
    found = _KEY.match(line)
    if found is None:
        if line in ("must", "say", "offer", "ends"):
            _put(block, line, number, "", faults)
        elif line:
            block.plain.append(line)
        return ""
    key, value = found[2], line[found.end() :].strip()
    if found[1] or _is_language(key):
        texts = block.hints if found[1] else block.words
        if key in texts:
            faults.append(ScriptFault(number, _("The words in “%(language)s” stand here twice.") % {"language": key}))
        texts[key] = value
        return f"hint {key}" if found[1] else key
    if key == "article":
        block.articles.append(value)
    elif key in ("given", "binds"):
        (block.given if key == "given" else block.binds).append((number, value))
    else:
        _put(block, key, number, value, faults)
    return ""


def _is_language(key: str) -> bool:
    return _LANGUAGE.fullmatch(key) is not None and key not in _LINES


def _put(block: _Block, key: str, number: int, value: str, faults: list[ScriptFault]) -> None:
    if key in block.keys:
        faults.append(ScriptFault(number, _("“%(key)s” stands here twice.") % {"key": key}))
    block.keys[key] = (number, value)


class _Making:
    """Makes the script of its blocks; what is wrong is added to `faults`."""

    def __init__(self, faults: list[ScriptFault]) -> None:
        self.faults = faults
        self.facts = [fact.name for source in all_sources() for fact in source.facts]
        self.variables: list[str] = []
        self.used: set[str] = set()
        self.about = CUSTOMER
        self.guesses = 0

    def wrong(self, line: int, message: str) -> None:
        self.faults.append(ScriptFault(line, message))

    def script(self, head: _Block, blocks: list[_Block], tests: list[_Block]) -> Script:
        if not head.title:
            self.wrong(1, _("Begin with a title: “# What it is called”."))
        for key, (line, _value) in head.keys.items():
            if key not in _HEADS:
                self.wrong(line, _("“%(key)s” does not stand before the first step.") % {"key": key})
        line, self.about = head.keys.get("about", (0, CUSTOMER))
        if find_subject_type(self.about) is None:
            self.wrong(line, _("There is nothing of the type “%(type)s”.") % {"type": self.about[:60]})
        if not blocks:
            self.wrong(head.line, _("There is no step yet: each begins with a heading, “## Its name”."))
        if len(blocks) > MOST_STEPS or len(tests) > MOST_TESTS:
            self.wrong(0, _("This procedure is too large; split it."))
            blocks, tests = blocks[:MOST_STEPS], tests[:MOST_TESTS]
        steps = tuple(self.step(block) for block in blocks)
        self.require_once(blocks)
        script = Script(
            title=head.title,
            purpose=" ".join(head.plain),
            about=self.about,
            reasons=tuple(_listed(head.keys.get("reasons", (0, ""))[1])),
            note=head.keys.get("note", (0, ""))[1],
            binds=tuple(self.binding(line, text) for line, text in head.binds),
            steps=steps,
            tries=(),
            facts=frozenset(self.used),
        )
        self.require_bound_acts(script, head)
        return replace(script, tries=tuple(self.try_of(block, script) for block in tests))

    def require_once(self, blocks: Sequence[_Block]) -> None:
        seen: set[str] = set()
        for block in blocks:
            if block.title in seen:
                self.wrong(block.line, _("Two steps are called “%(name)s”.") % {"name": block.title[:60]})
            seen.add(block.title)

    def require_bound_acts(self, script: Script, head: _Block) -> None:
        """An act that only this procedure may do has to be done by one of its steps: else nobody could."""
        done = {one.act for step in script.steps for one in step.all_prepared}
        for (line, _text), one in zip(head.binds, script.binds, strict=True):
            if one.act and one.act not in done:
                self.wrong(line, _("No step does “%(act)s”, so nobody could do it.") % {"act": one.act[:60]})

    def step(self, block: _Block) -> Step:
        kinds = [kind for kind in _KINDS if kind in block.keys]
        if len(kinds) > 1 or (not kinds and not block.words):
            self.wrong(block.line, _("Say what this step is: one of %(kinds)s.") % {"kinds": ", ".join(_KINDS)})
        for key, (line, _value) in block.keys.items():
            if key not in _LINES:
                self.wrong(line, _("“%(key)s” is no line of a step.") % {"key": key})
        kind = StepKind(kinds[0]) if kinds else StepKind.SAY
        line, value = block.keys.get(str(kind), (block.line, ""))
        step = Step(
            key=block.title,
            kind=kind,
            line=block.line,
            when=self.formula(*block.keys["if"]) if "if" in block.keys else None,
            must="must" in block.keys,
            words=self.texts(block.line, block.words),
            hints=self.texts(block.line, block.hints),
            articles=tuple(block.articles),
        )
        made = getattr(self, f"as_{kind}")(step, block, line, value)
        if block.rows and kind not in (StepKind.ASK, StepKind.OFFER):
            self.wrong(block.rows[0][0], _("Only questions and offers have a table."))
        if not step.words and kind not in (StepKind.IDENTIFY, StepKind.DO):
            self.wrong(block.line, _("Say it in words: “en: …”."))
        checked: Step = made
        return checked

    def as_say(self, step: Step, _block: _Block, _line: int, _value: str) -> Step:
        return step

    def as_ask(self, step: Step, block: _Block, line: int, value: str) -> Step:
        found = _ASKED.fullmatch(value)
        variable, said = (found[1].strip(), found[2]) if found else ("", None)
        options = self.options(block)
        kind = AnswerType.CHOICE if options and said is None else AnswerType.TEXT
        if said is not None:
            try:
                kind = AnswerType(" ".join(said.split()))
            except ValueError:
                kinds = ", ".join(AnswerType)
                self.wrong(line, _("An answer is one of: %(kinds)s.") % {"kinds": kinds})
        if not variable:
            self.wrong(line, _("Say what the answer is known by: “ask: damage”."))
        elif variable in self.facts or variable in self.variables or variable in OF_OFFERS:
            self.wrong(line, _("“%(name)s” is the name of something else.") % {"name": variable[:60]})
        elif not self.is_name(variable):
            self.wrong(line, _("“%(name)s” is no name: use words.") % {"name": variable[:60]})
        if (kind is AnswerType.CHOICE) != bool(options):
            self.wrong(line, _("A choice, and nothing else, needs a table of its answers."))
        at, fact = block.keys.get("fact", (0, ""))
        if fact and find_fact(fact) is None:
            self.wrong(at, _("There is no fact “%(name)s”.") % {"name": fact[:60]} + self.meant(fact, self.facts))
        self.variables.append(variable)
        self.used |= {fact} if fact else set()
        return replace(step, variable=variable, type=kind, fact=fact, options=options)

    def is_name(self, variable: str) -> bool:
        try:
            tree = Reader([variable]).expression(variable)
        except CellError:
            return False
        return list(names_in(tree)) == [(variable,)]

    def as_identify(self, step: Step, _block: _Block, line: int, value: str) -> Step:
        if value not in ("1", "2"):
            self.wrong(line, _("Customers are identified to level 1 or, strongly, to level 2."))
        return replace(step, level=int(value) if value in ("1", "2") else 1)

    def as_stop(self, step: Step, _block: _Block, line: int, value: str) -> Step:
        return replace(step, ends_when=self.formula(line, value))

    def as_offer(self, step: Step, block: _Block, line: int, value: str) -> Step:
        options = self.options(block)
        if not options:
            self.wrong(line, _("An offer needs a table of remedies."))
        self.variables += [name for name in OF_OFFERS if name not in self.variables]
        return replace(step, guideline=value, options=options)

    def as_do(self, step: Step, block: _Block, line: int, value: str) -> Step:
        at, given = block.keys.get("with", (line, ""))
        return replace(step, prepared=self.prepared(line, value, at, given))

    def options(self, block: _Block) -> tuple[Option, ...]:
        if not block.rows:
            return ()
        (line, names), rows = block.rows[0], block.rows[1:]
        is_offer = "offer" in block.keys
        for name in names[1:]:
            if not (_is_language(name) or (is_offer and name in ("act", "with", "if"))):
                self.wrong(line, _("“%(name)s” is no column here.") % {"name": name[:60]})
        if len(rows) > MOST_OPTIONS:
            self.wrong(line, _("This table is too long."))
        made = tuple(self.option(at, dict(zip(names, cells, strict=False)), names) for at, cells in rows[:MOST_OPTIONS])
        keys = [one.key for one in made]
        if len(set(keys)) < len(keys):
            self.wrong(line, _("The same stands in this table twice."))
        return made

    def option(self, line: int, cells: dict[str, str], names: list[str]) -> Option:
        key = cells.get(names[0], "")
        if not key:
            self.wrong(line, _("The first cell of a row says what it is known by."))
        words = {name: text for name, text in cells.items() if _is_language(name) and text}
        act = cells.get("act", "")
        self.variables += list(OF_OFFERS)
        prepared = self.prepared(line, act, line, cells.get("with", "")) if act else None
        del self.variables[-len(OF_OFFERS) :]
        when = self.formula(line, cells["if"]) if cells.get("if") else None
        return Option(key, self.texts(line, words), prepared, when)

    def prepared(self, line: int, name: str, at: int, given: str) -> Prepared:
        act = find_act(name)
        if act is None or act.has_secrets or act.subject not in (self.about, CUSTOMER):
            self.no_act(line, name)
            act = None
        return Prepared(name, tuple(self.arguments(at, given, act)))

    def arguments(self, line: int, given: str, act: "Act | None") -> Iterator[tuple[str, Formula]]:
        known = {one.name for one in act.fields} if act else set()
        for part in _PARTS.findall(given):
            name, sign, text = part.partition("=")
            if not sign:
                self.wrong(line, _("Write arguments as “name = value”, with “;” between."))
            elif act and name.strip() not in known:
                said = {"act": act.name, "name": name.strip()[:60], "known": ", ".join(sorted(known))}
                self.wrong(line, _("“%(act)s” has no argument “%(name)s”. It has: %(known)s.") % said)
            else:
                yield name.strip(), self.formula(line, text.strip())

    def binding(self, line: int, text: str) -> Binding:
        name, _when, condition = text.partition(" when ")
        act = find_act(name.strip())
        if act is None or act.subject not in (self.about, CUSTOMER):
            self.no_act(line, name.strip())
        own, self.variables = self.variables, []
        when = self.formula(line, condition) if condition else None
        self.variables = own
        return Binding(name.strip(), when)

    def meant(self, name: str, known: Sequence[str]) -> str:
        """The name that may be meant, as a question; empty where none is like it, or enough was asked: it is looked for by every letter."""
        self.guesses += 1
        like = get_close_matches(name[:60], known, 1, 0.7) if self.guesses <= MOST_GUESSES else ()
        return " " + _("Is it “%(name)s”?") % {"name": like[0]} if like else ""

    def no_act(self, line: int, name: str) -> None:
        message = _("There is no act “%(act)s” on a %(type)s or its customer.") % {"act": name[:60], "type": self.about}
        acts = [one.name for one in all_acts() if one.subject in (self.about, CUSTOMER)]
        self.wrong(line, message + self.meant(name, acts))

    def formula(self, line: int, text: str) -> Formula:
        names: frozenset[str] = frozenset()
        try:
            tree = Reader([*self.facts, *self.variables]).expression(text)
            names = frozenset(".".join(path) for path in names_in(tree))
            evaluate = evaluation(tree)
        except CellError as error:
            self.wrong(line, _("“%(text)s”: %(why)s") % {"text": text[:60], "why": self.why(error)})
            return Formula(text, lambda _facts: None, names)
        self.used |= {name for name in names if find_fact(name) is not None}
        return Formula(text, evaluate, names)

    def why(self, error: CellError) -> str:
        """What is wrong with an expression; of a name there is not, the one that may be meant."""
        if not isinstance(error, UnknownName):
            return error.message
        name = " ".join(error.words)[:60]
        meant = self.meant(name, [*self.facts, *self.variables])
        more = " " + _("Name a fact or the answer of a question before; a text stands in double quotes.")
        return _("Nothing is called “%(name)s”.") % {"name": name} + (meant or more)

    def texts(self, line: int, texts: dict[str, str]) -> dict[str, str]:
        if any(len(text) > LONGEST_WORDS for text in texts.values()):
            self.wrong(line, _("These words are too long."))
        return texts

    def try_of(self, block: _Block, script: Script) -> Try:
        known = []
        names = {*self.facts, *self.variables}
        for line, text in block.given:
            for part in _PARTS.findall(text):
                name, sign, value = part.partition("=")
                if not sign or name.strip() not in names:
                    self.wrong(line, _("“%(name)s” is no fact and no answer.") % {"name": name.strip()[:60]})
                known.append((name.strip(), value.strip()))
        offers = None
        if "offers" in block.keys:
            offers = tuple(_listed(block.keys["offers"][1]))
            is_a_remedy = any(step.option("nothing") for step in script.steps if step.kind is StepKind.OFFER)
            offers = () if offers == ("nothing",) and not is_a_remedy else offers
        line, stops = block.keys.get("stops", (0, ""))
        if stops and script.step(stops) is None:
            self.wrong(line, _("There is no step “%(name)s”.") % {"name": stops[:60]})
        return Try(block.title, block.line, tuple(known), offers, stops)


def _listed(text: str) -> Iterable[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
