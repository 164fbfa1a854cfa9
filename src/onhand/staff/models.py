"""Who works here: representatives with their role, teams and sites, and the tokens programs come with."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from onhand.kernel.models import Versioned
from onhand.staff.enums import Language, RepresentativeKind, Theme, VisibilityChoice


class Site(Versioned):
    """A place of the company, or a partner company, whose people see only theirs."""

    name = models.CharField(max_length=100, unique=True)
    is_partner = models.BooleanField(default=False)
    time_zone = models.CharField(max_length=60, default="UTC")


class Team(Versioned):
    """Representatives who work together at one site."""

    name = models.CharField(max_length=100, unique=True)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="teams")


class Role(Versioned):
    """
    What a kind of staff may do. `limits`: act name → currency → largest amount in minor units. `known_defaults`: what the
    product says of this role as far as it was followed, or answered by an administrator: a role that allows anything else was changed.
    """

    key = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=100, unique=True)
    permissions = models.JSONField(default=list)
    visibility = models.CharField(max_length=10, choices=VisibilityChoice, default=VisibilityChoice.SITE)
    limits = models.JSONField(default=dict)
    is_builtin = models.BooleanField(default=False)
    known_defaults = models.JSONField(default=list)


class RepresentativeManager(BaseUserManager["Representative"]):
    """Finds a representative by e-mail, whatever its case."""

    def get_by_natural_key(self, email: str | None) -> "Representative":
        return self.get(email__iexact=email)


class Representative(AbstractBaseUser, Versioned):
    """A person, service or AI representative who works here. Signs in with the e-mail address."""

    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=150)
    kind = models.CharField(max_length=10, choices=RepresentativeKind, default=RepresentativeKind.PERSON)
    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="representatives")
    sites = models.ManyToManyField(Site, blank=True, related_name="representatives")
    teams = models.ManyToManyField(Team, blank=True, related_name="representatives")
    visibility = models.CharField(max_length=10, choices=VisibilityChoice, blank=True, default="")
    is_active = models.BooleanField(default=True)
    language = models.CharField(max_length=10, choices=Language, default=Language.ENGLISH)
    theme = models.CharField(max_length=10, choices=Theme, default=Theme.SYSTEM)
    text_size = models.PositiveSmallIntegerField(default=100)
    time_zone = models.CharField(max_length=60, default="UTC")
    joined_at = models.DateTimeField()
    open_panels = models.JSONField(default=dict)  # of the customer's page: key → whether this person keeps it open

    objects: ClassVar[RepresentativeManager] = RepresentativeManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="representative_email_once"),
            models.CheckConstraint(condition=models.Q(text_size__range=(100, 200)), name="representative_text_size"),
        ]

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.split()[0] if self.name else self.email

    def has_perm(self, perm: str, obj: Any = None) -> bool:  # noqa: ARG002  (Django's signature)
        return self.is_active and perm in self.role.permissions


class ApiToken(Versioned):
    """A token a program comes with: shown once, stored as a hash, narrowed to `scopes` (permissions), always with an end."""

    representative = models.ForeignKey(Representative, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=12)
    digest = models.BinaryField(unique=True)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)


class Skill(Versioned):
    """Something work can ask of people, at a level from 1 to 5. `key` is what expressions name it by; it never changes."""

    key = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80, unique=True)
    purpose = models.CharField(max_length=300, blank=True, default="")
    is_active = models.BooleanField(default=True)


class LicenceKind(Versioned):
    """A sort of licence that the law asks for. `key` is what acts and expressions name it by; it never changes."""

    key = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80, unique=True)
    purpose = models.CharField(max_length=300, blank=True, default="")
    is_active = models.BooleanField(default=True)


def _both_or_neither(day: str, moment: str) -> Q:
    return Q(**{f"{day}__isnull": False, f"{moment}__isnull": False}) | Q(
        **{f"{day}__isnull": True, f"{moment}__isnull": True}
    )


class Ability(models.Model):
    """
    Something a representative can or may, from the first to the last day it is valid. Which moments these days begin and end at
    (`begins_at`, `ends_at`; null: ever) is worked out where the person works when it is written, so that reading needs no time zones.
    """

    representative = models.ForeignKey(
        Representative, db_index=False, on_delete=models.CASCADE, related_name="%(class)ss"
    )
    valid_from = models.DateField(null=True)
    valid_until = models.DateField(null=True)
    begins_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True)
                | Q(valid_until__isnull=True)
                | Q(valid_until__gte=F("valid_from")),
                name="%(class)s_days_in_order",
            ),
            models.CheckConstraint(condition=_both_or_neither("valid_from", "begins_at"), name="%(class)s_begins"),
            models.CheckConstraint(condition=_both_or_neither("valid_until", "ends_at"), name="%(class)s_ends"),
        ]
        indexes = [
            models.Index(fields=["begins_at"], condition=Q(begins_at__isnull=False), name="%(class)s_by_begin"),
            models.Index(fields=["ends_at"], condition=Q(ends_at__isnull=False), name="%(class)s_by_end"),
        ]


class SkillLevel(Ability):
    """How well somebody has a skill: 1 is learning it, 5 teaches it."""

    skill = models.ForeignKey(Skill, on_delete=models.PROTECT, related_name="levels")
    level = models.PositiveSmallIntegerField()

    class Meta(Ability.Meta):
        constraints = [
            *Ability.Meta.constraints,
            models.UniqueConstraint(fields=["representative", "skill"], name="skilllevel_once"),
            models.CheckConstraint(condition=Q(level__range=(1, 5)), name="skilllevel_from_1_to_5"),
        ]


class LanguageLevel(Ability):
    """How well somebody speaks and writes a language: 1 is a few sentences, 5 a mother tongue."""

    language = models.CharField(max_length=10)
    level = models.PositiveSmallIntegerField()

    class Meta(Ability.Meta):
        constraints = [
            *Ability.Meta.constraints,
            models.UniqueConstraint(fields=["representative", "language"], name="languagelevel_once"),
            models.CheckConstraint(condition=Q(level__range=(1, 5)), name="languagelevel_from_1_to_5"),
        ]


class Licence(Ability):
    """
    That somebody may do what the law asks a licence for, in one `jurisdiction`: a country by its code, such as ES, or a part of one,
    such as US-NY. A renewal is another licence, so that one can begin before the other ends.
    """

    kind = models.ForeignKey(LicenceKind, on_delete=models.PROTECT, related_name="licences")
    jurisdiction = models.CharField(max_length=6)
    number = models.CharField(max_length=80)
    proof = models.CharField(max_length=300, blank=True, default="")  # where it is seen: a register's page, a document

    class Meta(Ability.Meta):
        constraints = [
            *Ability.Meta.constraints,
            models.UniqueConstraint(fields=["representative", "kind", "jurisdiction", "number"], name="licence_once"),
        ]
