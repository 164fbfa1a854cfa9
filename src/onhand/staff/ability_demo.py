"""What the demo company's people can and may: skills, languages, and the licence to arrange instalments, one of which runs out soon."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from onhand.staff.abilities import validity
from onhand.staff.models import LanguageLevel, Licence, LicenceKind, Representative, Skill, SkillLevel

SKILLS = {
    "orders": ("Orders", "Taking, changing and calling off orders"),
    "returns": ("Returns and refunds", "What comes back, and money that goes back"),
    "deliveries": ("Deliveries", "Where a parcel is, and what to do when it is not"),
    "invoices": ("Invoices", "Invoices, instalments and reminders"),
    "furniture": ("Furniture and assembly", "Measures, materials, and how it is put together"),
    "complaints": ("Complaints", "Customers who are angry, with good reason or without"),
}
CREDIT = ("consumer-credit", "Arranging consumer credit", "Selling on instalments over more than three months")
# e-mail name → levels of skills, in the order above (0: none), and languages with their level
PEOPLE: Mapping[str, tuple[tuple[int, ...], Mapping[str, int]]] = {
    "representative": ((3, 2, 3, 0, 1, 2), {"es": 5, "en": 4}),
    "senior": ((4, 5, 4, 3, 3, 5), {"es": 5, "en": 3, "fr": 2}),
    "supervisor": ((4, 4, 3, 4, 2, 5), {"en": 5, "es": 2}),
    "quality": ((2, 2, 0, 2, 0, 3), {"en": 5}),
    "javier.soto": ((2, 0, 2, 3, 0, 0), {"es": 5, "ca": 5, "en": 2}),
    "lucia.campos": ((2, 4, 2, 0, 4, 3), {"es": 5, "pt": 3}),
    "oliver.finch": ((4, 0, 3, 4, 0, 2), {"en": 5}),
    "amina.yusuf": ((0, 4, 3, 0, 3, 4), {"en": 5, "ar": 5, "fr": 3}),
    "beatriz.lopes": ((3, 3, 2, 0, 0, 1), {"pt": 5, "es": 4, "en": 2}),
    "rui.teixeira": ((4, 4, 4, 2, 2, 4), {"pt": 5, "es": 3, "en": 4}),
}
# e-mail name → where, number, days until it runs out
LICENCES = {
    "senior": ("ES", "ICC-20418", 400),
    "javier.soto": ("ES", "ICC-31277", 12),
    "oliver.finch": ("GB", "CC-700614", 250),
    "supervisor": ("GB", "CC-688120", 520),
}


def give_abilities(*, at: datetime) -> None:
    """Give the demo company's people what the tables above say, as of today. Part of making the demo company: in its transaction."""
    skills = [Skill.objects.create(key=key, name=name, purpose=why) for key, (name, why) in SKILLS.items()]
    kind = LicenceKind.objects.create(key=CREDIT[0], name=CREDIT[1], purpose=CREDIT[2])
    people = {person.email.partition("@")[0]: person for person in Representative.objects.all()}
    for email_name, (levels, languages) in PEOPLE.items():
        person = people[email_name]
        SkillLevel.objects.bulk_create(
            SkillLevel(representative=person, skill=skill, level=level)
            for skill, level in zip(skills, levels, strict=True)
            if level
        )
        LanguageLevel.objects.bulk_create(
            LanguageLevel(representative=person, language=code, level=level) for code, level in languages.items()
        )
    for email_name, (place, number, days) in LICENCES.items():
        person = people[email_name]
        zone = ZoneInfo(person.time_zone)
        today = at.astimezone(zone).date()
        Licence.objects.create(
            representative=person,
            kind=kind,
            jurisdiction=place,
            number=number,
            proof="Register of credit intermediaries",
            **validity(today + timedelta(days=days - 3 * 365), today + timedelta(days=days), zone),
        )
