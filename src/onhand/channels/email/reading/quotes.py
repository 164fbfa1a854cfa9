"""
Where, in a text, the repetition of earlier mails begins.

Only what goes on to the end is found: an answer written between or under quoted lines is an answer and stays open. A forwarded
mail is what the mail is about and is no repetition either.
"""

import re

# "On Monday, Jane Doe wrote:" in the tongues mail programs speak. One line; wrapped ones are joined before.
_ATTRIBUTIONS = re.compile(
    r"""^(?:
    (?:on|at)\b.{3,300}\b(?:wrote|writes|said)\s*[:：]
  | .{3,200}\b(?:wrote\ on|wrote\ at|schrieb\ am|a\ écrit\ le)\b.{3,120}:
  | (?:am|den|vom)\b.{3,300}\bschrieb\b.{0,200}:
  | .{3,200}\bschrieb\b.{0,150}:
  | le\b.{3,300}\ba\ [eé]crit\s*[:：]
  | (?:el|la|los)\b.{3,300}\bescribi[oó]\s*[:：]
  | .{3,200}\bescribi[oó]\ el\b.{3,120}:
  | (?:il|in\ data|nel)\b.{3,300}\bha\ scritto\s*[:：]
  | .{3,200}\bha\ scritto\b.{0,120}:
  | (?:em|no\ dia|a|aos)\b.{3,300}\bescreveu\s*[:：]
  | .{3,200}\bescreveu\b.{0,120}:
  | op\b.{3,300}\b(?:schreef|heeft\b.{1,200}\bgeschreven)\b.{0,200}[:：]
  | .{3,200}\bschreef\ op\b.{3,120}:
  | (?:w\ dniu|dnia|w\ dn\.|dn\.|[a-zśćńź.]+,).{3,300}\b(?:pisze|napisał(?:\(a\)|a)?|napisali|napisał/a)\s*[:：]
  | (?:pon|wt|śr|czw|pt|sob|niedz|nd)\.?,.{3,300}\bnapisał(?:\(a\)|a)?\s*:
  | wiadomość\ napisana\ przez\b.{3,300}[:：]
  | (?:den|d\.)\b.{3,300}\b(?:skrev|schrieb)\b.{0,200}:
  | .{3,200}\b(?:skrev|kirjoitti|napsala?|írta|написала?|пишет|пише|γράψε|έγραψε)\b.{0,200}:
  | .{3,200}\b(?:yazdı|şunları\ yazdı|написав)\s*:
  | .{3,120}(?:写道|寫道|のメッセージ|さんは書きました)\s*[:：]
    )\s*$""",
    re.IGNORECASE | re.VERBOSE,
)
# To be more than a sentence that happens to say "wrote:", the line names a day, a time or an address.
_HAS_DATE_OR_ADDRESS = re.compile(r"\d{1,2}[:.h]\d\d|\d{4}|\d{1,2}[./-]\d{1,2}|@|年")
_DIVIDERS = re.compile(
    r"""^[\s>*_]*(?:
    [-_=]{2,}\s*(?:original\ (?:message|mail|appointment|e-?mail)|reply\ message|ursprüngliche\ (?:nachricht|e-?mail)|originalnachricht
      |message\ (?:d['’]origine|original)|courriel\ d['’]origine|mensaje\ original|messaggio\ originale|mensagem\ original
      |oorspronkelijk\ bericht|originele\ bericht|oryginalna\ wiadomość|wiadomość\ oryginalna|ursprungligt\ meddelande
      |oprindelig\ meddelelse|opprinnelig\ melding|alkuperäinen\ viesti|původní\ zpráva|исходное\ сообщение|原始邮件|元のメッセージ)
      \s*[-_=]{2,}
  | \#\#-?.{0,20}(?:type|write)\ your\ reply\ above\ this\ line.{0,20}\#\#
  | [-=_#~*\s]{0,10}(?:please\ )?(?:reply|respond|write)\ (?:your\ reply\ )?above\ this\ line[-=_#~*.\s]{0,10}
  | [-=_#~*\s]{0,10}(?:bitte\ )?(?:antworten\ sie\ |schreiben\ sie\ (?:ihre\ antwort\ )?)(?:bitte\ )?(?:über
    |oberhalb)\ dieser\ (?:zeile|linie)[-=_#~*.\s]{0,10}
    )\s*$""",
    re.IGNORECASE | re.VERBOSE,
)
# The head of an earlier mail, as Outlook and Notes copy it in.
_LABELS = {
    "from": "from von de da van od från fra lähettäjä odesílatel от expéditeur remitente mittente absender afzender nadawca remetente"
    " 发件人 差出人",
    "date": "sent gesendet envoyé enviado inviato verzonden wysłano wysłane skickat sendt lähetetty odesláno отправлено"
    " date datum fecha data dato дата 发送时间 送信日時",
    "to": "to an à a para aan do till til komu кому vastaanottaja per 收件人 宛先",
    "subject": "subject betreff objet asunto oggetto assunto onderwerp temat ämne emne aihe předmět тема 主题 件名",
}
_LABEL_OF = {word: kind for kind, words in _LABELS.items() for word in words.split()}
_LABELLED = re.compile(r"^[\s>*|]{0,6}([^\W\d_]{1,16})\s?\*?\s?[:：]\*?(?:[ \t\xa0]|\*|$)")
_FORWARDING = re.compile(
    r"(?i)^\s*(?:(?:re|aw|sv|antw|odp|res)\s*:\s*)*(?:fwd?|wg|tr|rv|rif|i|enc|doorst|pd|vb|vs|vl|encaminhada)\s*:"
)
_FORWARDED = re.compile(
    r"""(?ix)^[\s>*]*(?:[-_=]{2,}\s*(?:forwarded|weitergeleitet|message\ (?:transféré|réexpédié)|mensaje\ reenviado|messaggio\ inoltrato
    |mensagem\ encaminhada|doorgestuurd|przekazana|forwarded\ by)|(?:begin\ forwarded|anfang\ der\ weitergeleiteten
    |début\ du\ message\ (?:transféré|réexpédié)|inicio\ del\ mensaje\ reenviado|inizio\ messaggio\ inoltrato
    |início\ da\ mensagem\ (?:reencaminhada|encaminhada)|begin\ doorgestuurd|początek\ przekazywanej))"""
)
_RULE = re.compile(r"^\s*[_\-=*]{5,}\s*$")
_QUOTED = re.compile(r"^\s{0,3}(?:>|&gt;|\|\s?>)")
_WRAPPED_OVER = 4  # lines an attribution may be broken into
_LOOKED_AT = 20_000  # lines; a longer text has its history before that
_SIGNATURE = re.compile(r"^-- ?$")


def quoted_from(text: str, subject: str = "") -> int | None:
    """The place in `text` from which on it repeats earlier mails, None if it does not. Never 0: something must be left to read."""
    lines = text.split("\n")
    if len(lines) > _LOOKED_AT:
        lines = lines[:_LOOKED_AT]
    first = _first_line(lines, is_forwarding=bool(_FORWARDING.match(subject)))
    if first is None:
        return None
    while first > 0 and (not lines[first - 1].strip() or _RULE.match(lines[first - 1])):
        first -= 1
    place = sum(len(line) + 1 for line in lines[:first])
    return place if text[:place].strip() else None


def _first_line(lines: list[str], *, is_forwarding: bool) -> int | None:
    for number, line in enumerate(lines):
        if not line or line.isspace():
            continue
        if _FORWARDED.match(line):
            return None
        if _QUOTED.match(line):
            if _all_quoted_from(lines, number):
                return number
            continue
        if _DIVIDERS.match(line):
            return None if is_forwarding else number
        if _is_head(lines, number):
            return None if is_forwarding else number
        length = _attribution(lines, number)
        if length and _is_history(lines, number + length):
            return number
    return None


def _attribution(lines: list[str], number: int) -> int:
    """How many lines the attribution that begins here has; 0 if none begins here."""
    joined = ""
    for length in range(1, _WRAPPED_OVER + 1):
        if number + length > len(lines):
            return 0
        line = lines[number + length - 1].strip().strip("*")
        if (length > 1 and not line) or len(joined) > 400 or _QUOTED.match(line):
            return 0
        joined = f"{joined} {line}".strip()
        if line.endswith((":", "：")):
            found = _HAS_DATE_OR_ADDRESS.search(joined) and _ATTRIBUTIONS.match(joined[:500])
            return length if found else 0
    return 0


def _is_history(lines: list[str], after: int) -> bool:
    """Whether what follows an attribution is quoted to its end, or not marked at all (then all of it is history)."""
    following = [number for number in range(after, len(lines)) if lines[number].strip()]
    if not following:
        return False
    return not _QUOTED.match(lines[following[0]]) or _all_quoted_from(lines, following[0])


def _all_quoted_from(lines: list[str], number: int) -> bool:
    """Whether from here on every line is quoted; only a signature, or lines that mail programs wrapped, may come between."""
    unquoted = 0
    for place in range(number, len(lines)):
        line = lines[place]
        if _SIGNATURE.match(line):
            return place > number
        if not line.strip() or _QUOTED.match(line):
            unquoted = 0 if _QUOTED.match(line) else unquoted
            continue
        # The tail of a quoted line that was wrapped: short, directly under it, and quoted again below.
        wrapped = (
            _QUOTED.match(lines[place - 1])
            and len(line) < 40
            and place + 1 < len(lines)
            and _QUOTED.match(lines[place + 1])
        )
        nested = _attribution(lines, place)
        if not wrapped and not nested:
            return False
        unquoted += 1
        if unquoted > 2:
            return False
    return True


def _is_head(lines: list[str], number: int) -> bool:
    """Whether the head of an earlier mail is copied in here: From first, and two more of date, to and subject below it."""
    if _label(lines[number]) != "from":
        return False
    kinds = set()
    empty = 0
    for line in lines[number + 1 : number + 14]:
        if not line.strip():
            empty += 1
            if empty > 3:
                break
            continue
        kind = _label(line)
        if kind and kind != "from":
            kinds.add(kind)
    return len(kinds) >= 2


def _label(line: str) -> str:
    found = _LABELLED.match(line)
    return _LABEL_OF.get(found[1].lower(), "") if found else ""


def is_attribution(text: str) -> bool:
    """Whether the text is a line such as "On Monday, Jane Doe wrote:"."""
    joined = " ".join(text.split())[:500]
    return bool(_HAS_DATE_OR_ADDRESS.search(joined) and _ATTRIBUTIONS.match(joined))


def has_head(text: str) -> bool:
    """Whether the text begins with the head of an earlier mail."""
    lines = [line for line in text.split("\n")[:20] if line.strip()]
    return bool(lines) and _is_head(lines, 0)


def is_forwarding(subject: str) -> bool:
    """Whether the subject says that the mail passes another on."""
    return bool(_FORWARDING.match(subject))


def is_forwarded_mark(text: str) -> bool:
    """Whether the text begins with the line mail programs put above a forwarded mail."""
    return bool(_FORWARDED.match(text))
