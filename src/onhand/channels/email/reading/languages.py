"""A hint at the language a mail is in: said by its head or its HTML, or guessed by its commonest words and its script."""

import re
from collections import Counter

from onhand.channels.email.reading.heads import Head

_WORDS = {
    "en": "the and you for with not have this that are was please my order thank hello would is can your",
    "de": "der die das und ich nicht mit ist ein eine bitte habe sie wir für auf meine vielen dank hallo",
    "fr": "le la les et je vous pas pour une est des dans que mon merci bonjour avec votre nous sur",
    "es": "el los las y que no por para una con mi pedido gracias hola está como pero su del se",
    "it": "il gli che non per una sono con mio grazie buongiorno della di vostro ordine ho è ma questo del",
    "pt": "os as e que não para uma com meu obrigado obrigada olá pedido está você por mas do da em",
    "nl": "de het een en ik niet met voor van is mijn bedankt graag heb maar aan bij ook hallo bestelling",
    "pl": "nie jest się na do że w z i proszę dziękuję moje zamówienie dzień dobry jak ale czy od po",
    "sv": "och att jag inte är det en för med min tack hej har som på vi kan av ni mitt",
    "cs": "a je se na že nejsem prosím děkuji dobrý den moje objednávka jak ale jsem by pro to s ve",
}
_WORDS_OF = {language: frozenset(words.split()) for language, words in _WORDS.items()}
_SCRIPTS = (
    ("ja", re.compile("[\u3041-\u30ff]")),
    ("ko", re.compile("[\uac00-\ud7a3]")),
    ("zh", re.compile("[\u4e00-\u9fff]")),
    ("ar", re.compile("[\u0621-\u064a]")),
    ("he", re.compile("[\u05d0-\u05ea]")),
    ("el", re.compile("[\u03b1-\u03c9]")),
    ("th", re.compile("[\u0e01-\u0e2e]")),
    ("hi", re.compile("[\u0905-\u0939]")),
)
_CYRILLIC = re.compile("[\u0430-\u044f]")
_UKRAINIAN = re.compile("[іїєґ]")
_TAG = re.compile(r"^([A-Za-z]{2,3})(?:[-_][A-Za-z0-9]{2,8})*$")
_HTML_LANGUAGE = re.compile(r"<html[^>]{0,500}?\slang\s*=\s*[\"']?([A-Za-z-]{2,11})", re.IGNORECASE)
_LOOKED_AT = 3_000
_WORD = re.compile(r"[^\W\d_]+")


def hint(head: Head, *, text: str, html: str) -> str:
    """A language by its two letters, or empty. What the text shows goes before what a template claims."""
    guessed = by_text(text[:_LOOKED_AT])
    if guessed:
        return guessed
    claimed = head.text("content-language").split(",")[0].strip()
    if not _TAG.match(claimed):
        found = _HTML_LANGUAGE.search(html[:5_000])
        claimed = found[1] if found else ""
    tag = _TAG.match(claimed)
    return tag[1].lower() if tag else ""


def by_text(text: str) -> str:
    """The language the text is in, empty if it is too short or too mixed to tell."""
    letters = sum(map(str.isalpha, text))
    if letters < 8:
        return ""
    if not text.isascii():
        found = _by_script(text, letters)
        if found:
            return found
    counts = Counter(_WORD.findall(text.lower()))
    scores = sorted(
        ((sum(counts.get(word, 0) for word in known), language) for language, known in _WORDS_OF.items()), reverse=True
    )
    (best, language), (second, _other) = scores[0], scores[1]
    return language if best >= 3 and best > second else ""


def _by_script(text: str, letters: int) -> str:
    for language, script in _SCRIPTS:
        if len(script.findall(text)) * 5 > letters:
            return language
    if len(_CYRILLIC.findall(text)) * 2 > letters:
        return "uk" if _UKRAINIAN.search(text) else "ru"
    return ""
