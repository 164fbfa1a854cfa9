"""What a contact needs of whoever takes it, said by a person or by a rule. Its work follows in the same transaction."""

from typing import Annotated

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.contacts.access import HANDLE
from onhand.contacts.contact_subject import CONTACT, LABELS
from onhand.contacts.models import Contact
from onhand.contacts.work import tell_lists
from onhand.customers.protection import open_to_all
from onhand.kernel.acts import Run, act
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field
from onhand.routing import items
from onhand.routing.following.contacts import PREFIX, follow_contact
from onhand.routing.matching.wanted import HIGHEST, LOWEST
from onhand.routing.models import Queue, WorkItem
from onhand.routing.needs import needs_for_change, needs_of
from onhand.routing.subjects import QUEUE
from onhand.staff.models import Skill

LABELS.setdefault("needs", gettext_lazy("Needs"))
LABELS.setdefault("difficulty", gettext_lazy("Difficulty"))
LABELS.setdefault("queue", gettext_lazy("Queue"))
open_to_all("needs", "difficulty", "queue", "skill", "level")
LEVELS = {str(level): str(level) for level in range(LOWEST, HIGHEST + 1)}


def skill_options() -> list[tuple[str, str]]:
    """(key, name) of the skills in use."""
    return list(Skill.objects.filter(is_active=True).order_by("name").values_list("key", "name"))


Level = Annotated[
    str, Field(label=gettext_lazy("Level at least"), widget="choice", options=lambda: list(LEVELS.items()))
]


@act(subject=CONTACT, permission=HANDLE, label=gettext_lazy("Say which skill it needs"), only_adds=True, row_only=True)
def need_skill(
    contact: Contact,
    *,
    run: Run,
    skill: Annotated[str, Field(label=gettext_lazy("Skill"), widget="choice", options=skill_options)],
    level: Level = "1",
) -> None:
    """Let only people take this contact who have a skill at a level at least. Several skills are all needed."""
    name = dict(skill_options()).get(skill)
    if name is None:
        raise NotPossible(_("Choose one of the list."), field="skill")
    needs = needs_for_change(contact)
    needs.skills = needs.skills | {skill: _number(level, "level")}
    needs.save()
    _follow(contact, run)
    run.changed("needs", after=f"{name} ({level})")


@act(subject=CONTACT, permission=HANDLE, label=gettext_lazy("Say how hard it is"), only_adds=True, row_only=True)
def set_difficulty(
    contact: Contact,
    *,
    run: Run,
    difficulty: Annotated[
        str,
        Field(
            label=gettext_lazy("Difficulty"),
            help=gettext_lazy("From 1, for everybody, to 5. Beginners are not given what is too hard."),
            widget="choice",
            options=lambda: list(LEVELS.items()),
        ),
    ],
) -> None:
    """Say how hard this contact is, so that it goes to somebody who is up to it."""
    needs = needs_for_change(contact)
    needs.difficulty = _number(difficulty, "difficulty")
    needs.save()
    _follow(contact, run)
    run.changed("difficulty", after=difficulty)


@act(subject=CONTACT, permission=HANDLE, label=gettext_lazy("Choose its queue"), only_adds=True, row_only=True)
def choose_queue(
    contact: Contact, *, run: Run, queue: Annotated[int, Field(label=gettext_lazy("Queue"), reference=QUEUE)]
) -> None:
    """Let this contact wait in a queue of one's choice, whichever team has it, also when the customer writes again."""
    found = Queue.objects.filter(pk=queue, is_active=True).first()
    if found is None:
        raise NotPossible(_("Choose one of the list."), field="queue")
    needs = needs_for_change(contact)
    needs.queue = found
    needs.save()
    item = _follow(contact, run)
    if item is not None and item.queue_id != found.pk:
        items.change_queue(item, found, run.at, by_name=run.actor.name)
    run.changed("queue", after=found.name)


def _follow(contact: Contact, run: Run) -> WorkItem | None:
    """The contact's work, as it is said to be now; none where it is nobody's turn."""
    follow_contact(contact, run.at)
    item = items.current_item(f"{PREFIX}{contact.channel}", contact.pk)
    if item is not None and (changes := items.differing(item, needs_of(contact.pk))):
        items.reorder(item, run.at, **changes)
    tell_lists(contact, run.at)
    return item


def _number(text: str, field: str) -> int:
    if text not in LEVELS:
        raise NotPossible(_("Choose one of the list."), field=field)
    return int(text)
