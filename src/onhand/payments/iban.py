"""Numbers of bank accounts (ISO 13616)."""

import re

_FORM = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", re.ASCII)


def read_iban(typed: str) -> str:
    """The bare IBAN of what was typed; empty where its check figures do not fit."""
    bare = "".join(typed.split()).upper()
    if not _FORM.fullmatch(bare):
        return ""
    figures = "".join(str(int(c, 36)) for c in bare[4:] + bare[:4])
    return bare if int(figures) % 97 == 1 else ""
