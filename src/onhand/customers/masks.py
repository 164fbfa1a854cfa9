"""What is shown in place of a protected value: enough to compare with what the customer says, not enough to tell it."""

import re

import phonenumbers

HIDDEN = "•••"
KEPT = 4  # figures of a long number that stay
LEAST_HIDDEN_SHARE = 2 / 3  # of a short one fewer stay, so that the rest cannot be guessed


def mask_telephone(e164: str) -> str:
    """`+34 ••• ••• 456`: the country's code and the last three figures; of a number nobody can read, only those three."""
    figures = "".join(c for c in e164 if c.isdigit())
    if len(figures) < 2 * 3:
        return HIDDEN
    try:
        code = f"+{phonenumbers.parse(e164, None).country_code} "
    except phonenumbers.NumberParseException:
        code = ""
    return f"{code}{HIDDEN} {HIDDEN} {figures[-3:]}"


def mask_email(address: str) -> str:
    """`a•••@example.com`: the first letter and the host."""
    local, at, host = address.rpartition("@")
    return f"{local[:1] if len(local) > 1 else ''}{HIDDEN}@{host}" if at else HIDDEN


def mask_number(value: str) -> str:
    """`••• 4567`: the last four letters or figures, fewer of a short one."""
    bare = re.sub(r"[\W_]", "", value)
    kept = min(KEPT, int(len(bare) * (1 - LEAST_HIDDEN_SHARE) + 0.01))
    return f"{HIDDEN} {bare[-kept:]}" if kept else HIDDEN


def mask_wholly(value: object) -> str:  # noqa: ARG001  (a mask like the others)
    """`•••`: that there is something, and nothing of it."""
    return HIDDEN
