"""Writing the demo's finished mails as rows, and its rules by the acts by which they are written."""

import json
import tomllib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from django.db import transaction

from onhand.classifying.tasks import learn_anew
from onhand.contacts.enums import Direction, MessageState
from onhand.contacts.models import Contact, Message
from onhand.contacts.models.wrap_up import ContactReason
from onhand.customers.enums import ChannelKind, IdentityKind
from onhand.customers.models import Identity
from onhand.kernel.actor import Actor
from onhand.kernel.perform import perform
from onhand.rules.models import Arrival, RuleSetVersion
from onhand.rules.published import current
from onhand.rules.situations import Known
from onhand.staff.demo import DOMAIN
from onhand.staff.models import Representative, Team
from onhand.staff.queries import actor_for, representatives_with_places

SEED = 7
DAYS = 120  # of finished mails, more of them lately
MAILS = 700
MAILBOX = f"service@{DOMAIN}"
AUTOMATIC = "Automatic mail"
SPANISH = frozenset({"es", "ca", "gl", "eu", "pt"})
_HERE = Path(__file__).parent


@transaction.atomic
def create_demo_rules(*, at: datetime) -> int:
    """
    The finished mails, reasons and published rules of the demo company, unless there are rules already; how many mails were written.
    All of it or nothing. What to suggest is learnt from them by a job.
    """
    supervisor = representatives_with_places().filter(email=f"supervisor@{DOMAIN}", is_active=True).first()
    if supervisor is None or RuleSetVersion.objects.exists():
        return 0
    actor = actor_for(supervisor)
    teams = dict(Team.objects.values_list("name", "pk"))
    letters = tomllib.loads((_HERE / "letters.toml").read_text())
    reasons = _reasons(actor, [*(topic["reason"] for topic in letters["topic"]), AUTOMATIC], at)
    written = _write_mails(letters, reasons, teams, at)
    for definition in demo_rules(teams, reasons):
        _do(actor, "write_rule", at, definition=json.dumps(definition))
    _do(actor, "publish_rules", at, note="The first rules")
    learn_anew.defer()
    return written


def _do(actor: Actor, act: str, at: datetime, **arguments: Any) -> None:
    perform(f"rules.{act}", actor=actor, subject_id=current().pk, arguments=arguments, at=at, as_part=True)


def _reasons(actor: Actor, names: Sequence[str], at: datetime) -> dict[str, int]:
    for position, name in enumerate(names):
        if not ContactReason.objects.filter(name=name).exists():
            given = {"reason_name": name, "position": position}
            perform("contacts.add_contact_reason", actor=actor, arguments=given, at=at, as_part=True)
    return dict(ContactReason.objects.filter(name__in=names).values_list("name", "pk"))


def _write_mails(letters: Mapping[str, Any], reasons: Mapping[str, int], teams: Mapping[str, int], at: datetime) -> int:
    """Finished contacts in writing, each with what the customer wrote and the answer, in the order of time."""
    chance = Random(SEED)  # noqa: S311  (a demo, no secret)
    found = Identity.objects.filter(
        kind=IdentityKind.EMAIL, withdrawn_at__isnull=True, customer__merged_into__isnull=True
    )
    customers = list(
        found.order_by("pk").values_list("customer_id", "value", "customer__language", "customer__name")[:400]
    )
    people = list(Representative.objects.filter(is_active=True, role__key="representative").order_by("pk"))
    if not customers or not people:
        return 0
    days = sorted((DAYS * chance.random() ** 1.6 for _number in range(MAILS)), reverse=True)
    contacts, messages, arrivals = [], [], []
    for ago in days:
        mail = _Mail(chance, letters, chance.choice(customers), chance.choice(people), at - timedelta(days=ago + 0.1))
        contact = mail.contact(reasons, teams)
        contacts.append(contact)
        received, answered = mail.messages(contact)
        messages += [received, answered]
        known = Known(is_new=True, language=mail.language, customer=mail.customer_id, is_open=8 <= mail.at.hour < 18)
        arrivals.append(Arrival(message=received, contact=contact, at=mail.at, known=known.as_json()))
    Contact.objects.bulk_create(contacts)
    Message.objects.bulk_create(messages)
    Arrival.objects.bulk_create(arrivals)
    return len(contacts)


class _Mail:
    """One finished mail: who wrote, about what, and who answered."""

    def __init__(
        self,
        chance: Random,
        letters: Mapping[str, Any],
        customer: tuple[int, str, str, str],
        person: Representative,
        at: datetime,
    ) -> None:
        self.customer_id, self.address, self.spoken, self.name = customer
        topic = chance.choice(letters["topic"])
        self.language = self.spoken if self.spoken in topic else "es" if self.spoken in SPANISH else "en"
        words = topic[self.language]
        lines = chance.sample(words["lines"], k=min(len(words["lines"]), chance.choice((1, 2, 2, 3))))
        self.reason, self.is_return = topic["reason"], topic["is_return"]
        self.subject = chance.choice(words["subjects"])
        greeting, closing = (chance.choice(letters[part][self.language]) for part in ("greetings", "closings"))
        self.text = "\n".join((greeting, "", " ".join(lines), "", closing, self.name))
        self.person, self.at = person, at
        self.answered = at + timedelta(minutes=chance.choice((20, 45, 90, 150, 400, 900)))

    def contact(self, reasons: Mapping[str, int], teams: Mapping[str, int]) -> Contact:
        kind, place = ("Returns", "Leeds") if self.is_return else ("Orders", "Leeds")
        if self.language == "es":
            kind, place = ("Devoluciones", "Madrid") if self.is_return else ("Pedidos", "Madrid")
        return Contact(
            customer_id=self.customer_id,
            channel=ChannelKind.EMAIL,
            outside_address=self.address,
            subject=self.subject,
            started_at=self.at,
            ended_at=self.answered,
            last_message_at=self.answered,
            representative_id=self.person.pk,
            representative_name=self.person.name,
            came_to=MAILBOX,
            language=self.language,
            team_id=teams.get(f"{kind} {place}"),
            reason_id=reasons[self.reason],
        )

    def messages(self, contact: Contact) -> tuple[Message, Message]:
        received = Message(
            contact=contact,
            direction=Direction.INBOUND,
            at=self.at,
            sender_name=self.name,
            sender_address=self.address,
            recipients=[{"name": "", "address": MAILBOX, "as": "to"}],
            subject=self.subject,
            text=self.text,
            checks={"spf": "pass", "dkim": "pass", "dmarc": "pass"},
        )
        sent = Message(
            contact=contact,
            direction=Direction.OUTBOUND,
            at=self.answered,
            sender_address=MAILBOX,
            recipients=[{"name": self.name, "address": self.address, "as": "to"}],
            subject=f"Re: {self.subject}",
            text={
                "es": "Hola, lo hemos arreglado. Un saludo.",
                "de": "Guten Tag, das ist erledigt.",
                "fr": "Bonjour, c'est fait.",
            }.get(self.language, "Hello, this is done. Kind regards"),
            state=MessageState.SENT,
            sent_at=self.answered,
            author_id=self.person.pk,
            author_name=self.person.name,
        )
        return received, sent


def _rule(
    name: str, when: str, conditions: Sequence[tuple[Any, ...]], *actions: tuple[str, dict[str, Any]], **more: Any
) -> dict[str, Any]:
    rows = [{"what": what, "how": how} | ({"value": value[0]} if value else {}) for what, how, *value in conditions]
    groups = [{"how": "all", "conditions": rows}] if rows else []
    return {
        "name": name,
        "when": when,
        "groups": groups,
        "actions": [{"do": do, "with": given} for do, given in actions],
    } | more


def demo_rules(teams: Mapping[str, int], reasons: Mapping[str, int]) -> list[dict[str, Any]]:
    """The demo's rules as they are written down."""
    back = ["return*", "refund*", "exchange", "broken", "damaged", "faulty", "guarantee", "warranty"]
    vuelta = ["devol*", "reembolso", "roto", "rota", "dañad*", "garantía", "cambiarl*", "defecto"]
    danger = ["fire", "smoke", "burn*", "electric shock", "fuego", "humo", "quemad*", "calambre", "Brand", "feu"]
    law = ["lawyer", "solicitor", "abogad*", "Anwalt", "avocat", "ombudsman"]
    urgent, high = {"priority": "2"}, {"priority": "1"}
    return [
        _rule(
            "Automatic replies are nobody's work",
            "new_contact",
            [("automaton", "is_any", ["auto_reply"])],
            ("wrap_up", {"reason": reasons[AUTOMATIC]}),
            stops=True,
        ),
        _rule(
            "Danger first",
            "message",
            [("anywhere", "has_any", danger)],
            ("set_priority", urgent),
            ("write_note", {"text": "Somebody may be in danger: telephone today, and tell the supervisor."}),
        ),
        _rule("Lawyers and ombudsmen", "message", [("anywhere", "has_any", law)], ("set_priority", urgent)),
        _rule(
            "Vulnerable customers do not wait", "message", [("flag", "is_any", ["vulnerable"])], ("set_priority", high)
        ),
        _rule(
            "Senders that may be forged",
            "new_contact",
            [("checks_failed", "yes"), ("customer_known", "yes")],
            (
                "write_note",
                {"text": "The sender's checks failed: tell nothing about the customer before identifying them."},
            ),
        ),
        _rule(
            "Devoluciones",
            "new_contact",
            [("language", "is_any", ["es", "ca", "pt"]), ("anywhere", "has_any", vuelta)],
            ("hand_to_team", {"team": teams["Devoluciones Madrid"]}),
        ),
        _rule(
            "Returns",
            "new_contact",
            [("language", "is_none", ["es", "ca", "pt"]), ("anywhere", "has_any", back)],
            ("hand_to_team", {"team": teams["Returns Leeds"]}),
        ),
        _rule(
            "Pedidos",
            "new_contact",
            [("language", "is_any", ["es", "ca", "pt"]), ("team", "is_any", ["none"])],
            ("hand_to_team", {"team": teams["Pedidos Madrid"]}),
        ),
        _rule(
            "Orders", "new_contact", [("team", "is_any", ["none"])], ("hand_to_team", {"team": teams["Orders Leeds"]})
        ),
        _rule("They write again and again", "message", [("earlier", "at_least", 4)], ("set_priority", high)),
        _rule("Nobody waits a day", "waiting", [], ("set_priority", high), wait_minutes=1440),
    ]
