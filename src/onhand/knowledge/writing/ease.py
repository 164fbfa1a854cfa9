"""
How easily a text reads, from about 0 (hard) to 100 (easy), each language by the formula made for it:

- English: R. Flesch, “A new readability yardstick”, Journal of Applied Psychology 32 (1948).
- German: T. Amstad, “Wie verständlich sind unsere Zeitungen?” (Zürich, 1978).
- Spanish: F. Szigriszt Pazos, “Sistemas predictivos de legibilidad del mensaje escrito: fórmula de perspicuidad” (Madrid, 1993).
- French: L. Kandel and A. Moles, “Application de l'indice de Flesch à la langue française”, Cahiers d'Études de Radio-Télévision 19 (1958).

They see length of words and sentences and nothing else: a text may be easy by them and say nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from onhand.knowledge.writing.syllables import count_syllables


@dataclass(frozen=True, slots=True)
class Formula:
    """`constant` − `per_sentence` × words a sentence − `per_word` × syllables a word."""

    constant: float
    per_sentence: float
    per_word: float


FORMULAS = {
    "en": Formula(206.835, 1.015, 84.6),
    "de": Formula(180.0, 1.0, 58.5),
    "es": Formula(206.835, 1.0, 62.3),
    "fr": Formula(207.0, 1.015, 73.6),
}


def reading_ease(words: Sequence[str], sentences: int, language: str) -> float | None:
    """How easily these words in so many sentences read; None where the language (ISO 639-1) has no formula, or there is no word."""
    formula = FORMULAS.get(language)
    if formula is None or not words or sentences < 1:
        return None
    syllables = sum(count_syllables(word, language) for word in words)
    return formula.constant - formula.per_sentence * len(words) / sentences - formula.per_word * syllables / len(words)
