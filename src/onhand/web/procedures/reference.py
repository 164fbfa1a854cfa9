"""What can be written in a procedure, for who writes one: facts to ask for, acts to do, and pieces to put in."""

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy

from onhand.guidelines.facts import all_sources
from onhand.kernel.acts import all_acts
from onhand.kernel.subjects import find_subject_type, subject_type

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

ABOUT = ("order", "customer", "account", "contact")
LONGEST_NAME = 120
# (what it is, the text that is put in): steps as people begin them.
SNIPPETS: "tuple[tuple[_StrOrPromise, str], ...]" = (
    (gettext_lazy("Something to say"), "## Say that you are sorry\nsay\nen: I am sorry."),
    (
        gettext_lazy("A question with answers to choose from"),
        "## What is wrong\nask: wrong\nmust\nen: What is wrong?\n\n"
        "| wrong | en           |\n|-------|--------------|\n| late  | It came late |\n| lost  | It never came |",
    ),
    (gettext_lazy("A question of yes or no"), "## Anybody hurt\nask: hurt (yes or no)\nen: Was anybody hurt?"),
    (
        gettext_lazy("A day, a number, a text"),
        "## When it was noticed\nask: noticed on (date)\nen: When did you notice?",
    ),
    (gettext_lazy("Identification"), "## Identify the customer\nidentify: 1\nmust"),
    (gettext_lazy("An end"), '## Not sent yet\nstop: order state = "pending"\nen: It has not left us yet.'),
    (
        gettext_lazy("Remedies a guideline allows"),
        "## What we can do\noffer: Damage and warranty\nmust\nen: What would you prefer?\n\n"
        "| remedy   | act                 | with                             | en             |\n"
        "|----------|---------------------|----------------------------------|----------------|\n"
        '| goodwill | orders.add_goodwill | amount = most; reason = "Damaged" | A lower price  |\n'
        "| nothing  |                     |                                  | Leave it as it is |",
    ),
    (
        gettext_lazy("An act to do"),
        '## Open a case\ndo: contacts.open_case\nwith: matter = "Damaged goods"; kind = "complaint"\n'
        "hint en: Write down what happened.",
    ),
    (
        gettext_lazy("Test cases"),
        '# Tests\n\n## It came late\ngiven: order state = "delivered"; wrong = "late"\noffers: goodwill, nothing',
    ),
)
# (line, what it does): what a step and the head can say.
LINES: "tuple[tuple[str, _StrOrPromise], ...]" = (
    ("about: order", gettext_lazy("Before the first step: what it is about.")),
    ("reasons: Damaged or faulty", gettext_lazy("Before the first step: the contact reasons it is meant for.")),
    ("binds: orders.add_goodwill", gettext_lazy("Before the first step: nobody does this act but by this procedure.")),
    ("note: Damaged: {damage}.", gettext_lazy("Before the first step: what is noted at the end.")),
    ("must", gettext_lazy("Nobody may skip the step.")),
    ('if: damage = "broken"', gettext_lazy("The step is only needed then.")),
    ("fact: order total", gettext_lazy("Of a question: looked up first, and asked only where it is not known.")),
    ("en: …", gettext_lazy("The words, in each language a line.")),
    ("hint en: …", gettext_lazy("A hint for who says them.")),
    ("article: Returns", gettext_lazy("An article to open beside the step.")),
)


def snippets() -> list[tuple[str, str]]:
    """What each piece is, and its text."""
    return [(str(label), text) for label, text in SNIPPETS]


def lines() -> list[tuple[str, str]]:
    """Lines one can write, and what each does."""
    return [(line, str(words)) for line, words in LINES]


def about_types() -> list[tuple[str, str]]:
    """What a procedure can be about."""
    return [(name, str(found.label)) for name in ABOUT if (found := find_subject_type(name))]


def begun_text(name: str, about: str) -> str:
    """The text a new procedure begins with."""
    title = " ".join(name.split())[:LONGEST_NAME]
    known = about if about in ABOUT and find_subject_type(about) else ""
    return f"# {title}\n" + (f"\nabout: {known}\n" if known else "")


def fact_groups() -> list[tuple[str, list[tuple[str, str, str]]]]:
    """Facts that can be asked for, by where they come from: (name, what it is, a condition to put in)."""
    return [
        (str(source.label), [(fact.name, str(fact.help), _condition(fact)) for fact in source.facts])
        for source in all_sources()
    ]


def _condition(fact: Any) -> str:
    if fact.values:
        return f'{fact.name} = "{next(iter(fact.values))}"'
    example = fact.example.strip()
    return f"{fact.name} {example}" if example[:1] in ("<", ">", "=") else str(fact.name)


def act_groups() -> list[tuple[str, list[tuple[str, str, str]]]]:
    """Acts a step can do, by what they are done to: (name, label, the arguments it takes)."""
    groups: dict[str, list[tuple[str, str, str]]] = {name: [] for name in ABOUT}
    for one in all_acts():
        if one.subject in groups and not one.has_secrets and not one.creates:
            given = ", ".join(field.name for field in one.fields)
            groups[one.subject].append((one.name, str(one.label), given))
    return [(str(subject_type(name).label), rows) for name, rows in groups.items() if rows]
