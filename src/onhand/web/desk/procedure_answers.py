"""Answers as people type them, made answers as procedures take them."""

from babel import Locale
from babel.numbers import NumberFormatError, parse_decimal
from django.utils.translation import get_language, to_locale

from onhand.procedures.script import AnswerType, Step


def as_typed(step: Step | None, text: str) -> str:
    """What was typed; a number as people of the page's language write it, where it can be read so."""
    if step is None or step.type is not AnswerType.NUMBER:
        return text
    locale = Locale.parse(to_locale(get_language() or "en"))
    try:
        return format(parse_decimal(text.strip(), locale=locale, strict=True), "f")
    except NumberFormatError:
        return text
