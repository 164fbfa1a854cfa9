"""The notice of the demo company: how damage is dealt with. Most have passed it; two have not, one of them a sign-in of the demo."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from onhand.guidelines.models import Guideline
from onhand.kernel.actor import Actor
from onhand.kernel.perform import perform
from onhand.receipts.models import Notice
from onhand.staff.demo import DOMAIN
from onhand.staff.enums import RepresentativeKind
from onhand.staff.models import Representative
from onhand.staff.queries import actor_for, representatives_with_places

ABOUT = "Damage and warranty"
WITHHELD = ("orders.claim_warranty",)
ROLES = ("beginner", "representative", "senior", "supervisor")
PUBLISHED, DUE = timedelta(days=6), timedelta(days=14)  # before and after the demo is made
NOT_YET = ("representative", "beatriz.lopes")
TEXTS = (
    (
        "en",
        "Damage and warranty: what is new",
        """From now on one table decides what is done about what broke:

- **Within the warranty** you decide yourself: a replacement, its price back, or a repair.
- **What costs more than 500.00** a colleague looks at first, with the photos.
- **After the warranty** a supervisor may make an exception. Say that you ask, and promise nothing.

The form of the act says which of these it is before you confirm.""",
    ),
    (
        "es",
        "Daños y garantía: qué cambia",
        """Desde ahora una sola tabla decide qué se hace con lo que se rompió:

- **Dentro de la garantía** decide usted: cambiarlo, devolver su precio o repararlo.
- **Lo que cuesta más de 500,00** lo mira antes un compañero, con las fotos.
- **Después de la garantía** un supervisor puede hacer una excepción. Diga que pregunta y no prometa nada.

El formulario del acto dice de qué caso se trata antes de confirmar.""",
    ),
)
# Number, language, question, answers, which is right from 1 on.
QUESTIONS = (
    (
        *(1, "en", "A kettle for 39.00 broke in its first year. Who decides?"),
        *("I do\nA senior representative\nA supervisor", 1),
    ),
    (
        *(1, "es", "Un hervidor de 39,00 se rompió en su primer año. ¿Quién decide?"),
        *("Yo\nUn representante sénior\nUn supervisor", 1),
    ),
    (
        *(2, "en", "The warranty ended last week. What do you tell the customer?"),
        *("That nothing can be done\nThat we replace it\nThat you ask whether we can still do something", 3),
    ),
    (
        *(2, "es", "La garantía terminó la semana pasada. ¿Qué le dice al cliente?"),
        *("Que no se puede hacer nada\nQue se lo cambiamos\nQue pregunta si aún podemos hacer algo", 3),
    ),
)
RIGHT = [1, 3]


@transaction.atomic
def create_demo_notices(*, at: datetime) -> int:
    """Publish the demo's notice, unless there is one, and let most of those it concerns pass it; how many did."""
    boss = representatives_with_places().filter(email=f"supervisor@{DOMAIN}", is_active=True).first()
    guideline = Guideline.objects.filter(name=ABOUT, retired_at=None).first()
    if boss is None or guideline is None or Notice.objects.exists():
        return 0
    published, actor = at - PUBLISHED, actor_for(boss)
    number = guideline.versions.order_by("-number").values_list("number", flat=True).first()
    given: dict[str, Any] = {
        "texts": [dict(zip(("language", "title", "text"), one, strict=True)) for one in TEXTS],
        "questions": [
            dict(zip(("number", "language", "question", "answers", "right"), one, strict=True)) for one in QUESTIONS
        ],
        "guideline": guideline.pk,
        "guideline_version": number,
        "roles": list(ROLES),
        "acts": list(WITHHELD),
        "due_at": (at + DUE).isoformat(),
    }
    made = perform("receipts.begin_notice", actor=actor, arguments=given, at=published, as_part=True)
    _do("publish_notice", actor, made.subject_id, published)
    found = representatives_with_places().filter(kind=RepresentativeKind.PERSON, is_active=True, role__key__in=ROLES)
    readers = [one for one in found.order_by("pk") if one.email.partition("@")[0] not in NOT_YET]
    for place, person in enumerate(readers):
        _read(person, made.subject_id, published + timedelta(hours=3 * place + 1), slips=place == 1)
    return len(readers)


def _read(person: Representative, notice: int | None, at: datetime, *, slips: bool) -> None:
    """Somebody passes it, one of them at the second try."""
    actor = actor_for(person)
    if slips:
        _do("pass_notice", actor, notice, at - timedelta(minutes=2), answers=[1, 1])
    _do("pass_notice", actor, notice, at, answers=RIGHT)


def _do(name: str, actor: Actor, notice: int | None, at: datetime, **given: Any) -> None:
    perform(f"receipts.{name}", actor=actor, subject_id=notice, arguments=given, at=at, as_part=True)
