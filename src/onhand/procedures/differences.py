"""How two procedures differ, in words, step by step; of texts that cannot be read, line by line."""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from django.utils.translation import gettext as _

from onhand.guidelines.differences import Change, Difference, act_label
from onhand.procedures.reading import NOTHING, read_as_far
from onhand.procedures.script import Option, Prepared, Script, Step, StepKind, Texts, Try

MOST_DIFFERENCES, MOST_LINES = 500, 4_000
_PAIRS = 4_000_000


def differences(old: str, new: str) -> list[Difference]:
    """What is otherwise in `new`, the first `MOST_DIFFERENCES`; everything where there is no old text."""
    if old.replace("\r\n", "\n") == new.replace("\r\n", "\n"):
        return []
    (before, wrong), (after, also_wrong) = read_as_far(old) if old else (NOTHING, ()), read_as_far(new)
    all_of = _lines(old, new) if wrong or also_wrong else _scripts(before, after)
    found: list[Difference] = []
    for one in all_of:
        if len(found) >= MOST_DIFFERENCES:
            break
        found.append(one)
    return found


def _lines(old: str, new: str) -> Iterator[Difference]:
    """Line by line, for texts that are no procedure yet."""
    before, after = old.splitlines()[:MOST_LINES], new.splitlines()[:MOST_LINES]
    for tag, first, last, begin, end in _matched(before, after):
        if tag != "equal":
            where = _("Line %(line)s") % {"line": begin + 1}
            yield from _one(where, "\n".join(before[first:last]).strip(), "\n".join(after[begin:end]).strip())


def _matched(before: Sequence[str], after: Sequence[str]) -> list[tuple[str, int, int, int, int]]:
    if len(before) * len(after) >= _PAIRS:
        return [("replace", 0, len(before), 0, len(after))]
    return list(SequenceMatcher(None, before, after, autojunk=False).get_opcodes())


def _scripts(old: Script, new: Script) -> Iterator[Difference]:
    heads = (_head(old), _head(new))
    for where in heads[1]:
        yield from _one(where, heads[0][where], heads[1][where])
    olds, news = ({one.key: one for one in script.steps} for script in (old, new))
    moved = _moved([one for one in olds if one in news], [one for one in news if one in olds])
    for key in dict.fromkeys([*news, *olds]):
        was, now = olds.get(key), news.get(key)
        where = _("Step “%(name)s”") % {"name": key}
        if was is None or now is None:
            yield Difference(Change.REMOVED, where, _whole(was)) if was else _added(where, now, new)
            continue
        if key in moved:
            yield Difference(Change.CHANGED, _("%(step)s: place") % {"step": where}, *_places(key, old, new))
        before, after = step_lines(was), step_lines(now)
        for line in dict.fromkeys([*before, *after]):
            yield from _one(f"{where}: {line}", before.get(line, ""), after.get(line, ""))
    yield from _tries(old, new)


def _added(where: str, now: Step | None, new: Script) -> Difference:
    if now is None:
        return Difference(Change.ADDED, where)
    place = new.steps.index(now)
    after = _("after “%(name)s”") % {"name": new.steps[place - 1].key} if place else _("as the first")
    return Difference(Change.ADDED, f"{where}, {after}", after=_whole(now))


def _moved(old: list[str], new: list[str]) -> set[str]:
    """The steps of both that stand elsewhere: as few as will do."""
    kept: set[str] = set()
    for tag, first, last, _begin, _end in _matched(old, new):
        kept |= set(old[first:last]) if tag == "equal" else set()
    return set(new) - kept


def _places(key: str, old: Script, new: Script) -> tuple[str, str]:
    def place(script: Script) -> str:
        at = next(number for number, one in enumerate(script.steps, 1) if one.key == key)
        return _("step %(number)s") % {"number": at}

    return place(old), place(new)


def _head(script: Script) -> dict[str, str]:
    binds = "\n".join(act_label(one.act) + (f" ({one.when.text})" if one.when else "") for one in script.binds)
    return {
        _("Title"): script.title,
        _("Purpose"): script.purpose,
        _("About"): script.about if script.title else "",
        _("Contact reasons"): ", ".join(script.reasons),
        _("Done by this procedure only"): binds,
        _("Note at the end"): script.note,
    }


KINDS = {
    StepKind.SAY: lambda: _("something to say"),
    StepKind.ASK: lambda: _("a question"),
    StepKind.IDENTIFY: lambda: _("identification"),
    StepKind.STOP: lambda: _("an end"),
    StepKind.OFFER: lambda: _("an offer of remedies"),
    StepKind.DO: lambda: _("something to do"),
}


def step_lines(step: Step) -> dict[str, str]:
    """What a step says, line by line, each under what it is; lines that say nothing are left out."""
    lines = {
        _("kind"): KINDS[step.kind](),
        _("must be done"): _("yes") if step.must else "",
        _("only if"): step.when.text if step.when else "",
        _("ends if"): step.ends_when.text if step.ends_when else "",
        **_texts(_("words (%(language)s)"), step.words),
        **_texts(_("hint (%(language)s)"), step.hints),
        _("articles"): "\n".join(step.articles),
        _("known by"): f"{step.variable} ({step.type})" if step.kind is StepKind.ASK else "",
        _("looked up"): step.fact,
        _("level"): str(step.level) if step.kind is StepKind.IDENTIFY else "",
        _("guideline"): step.guideline,
        _("act"): _prepared(step.prepared),
    }
    of = _("remedy “%(name)s”") if step.kind is StepKind.OFFER else _("answer “%(name)s”")
    lines |= {of % {"name": one.key}: _option(one) for one in step.options}
    return {name: text for name, text in lines.items() if text}


def _texts(label: str, texts: Texts) -> dict[str, str]:
    return {label % {"language": language}: text for language, text in texts.items()}


def _prepared(one: Prepared | None) -> str:
    if one is None:
        return ""
    given = "; ".join(f"{name} = {formula.text}" for name, formula in one.arguments)
    return act_label(one.act) + (f" ({given})" if given else "")


def _option(one: Option) -> str:
    said = [f"{language}: {text}" for language, text in one.words.items()]
    said += [_("only if %(condition)s") % {"condition": one.when.text}] if one.when else []
    said += [f"→ {_prepared(one.prepared)}"] if one.prepared else []
    return " · ".join(said) or one.key


def _whole(step: Step) -> str:
    return "\n".join(f"{name}: {text}" for name, text in step_lines(step).items())


def _tries(old: Script, new: Script) -> Iterator[Difference]:
    olds, news = ({one.name: try_words(one) for one in script.tries} for script in (old, new))
    for name in dict.fromkeys([*news, *olds]):
        yield from _one(_("Test case “%(name)s”") % {"name": name}, olds.get(name, ""), news.get(name, ""))


def try_words(one: Try) -> str:
    """A test case in one line: what is given, and what must come of it."""
    given = "; ".join(f"{name} = {text}" for name, text in one.known)
    return f"{given or '–'} → {expected_words(one)}"


def expected_words(one: Try) -> str:
    """What must come of a test case."""
    if one.stops:
        return _("ends at “%(step)s”") % {"step": one.stops}
    if one.offers is not None:
        return _("offers %(remedies)s") % {"remedies": ", ".join(one.offers) or _("nothing")}
    return _("goes through to the end")


def _one(where: str, before: str, after: str) -> Iterator[Difference]:
    if before != after:
        change = Change.CHANGED if before and after else Change.ADDED if after else Change.REMOVED
        yield Difference(change, where, before, after)
