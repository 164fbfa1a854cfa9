"""Every way letters travel: character sets rightly named, wrongly named, not named; encoded words whole and broken."""

import base64

from tests.channels.email.corpus.builder import Example, body, example, html, mail

# name in the mail, what is written
NAMED = [
    ("utf-8", "Grüße aus Köln 😀 – 100 €"),
    ("UTF8", "Grüße aus Köln"),
    ("iso-8859-1", "Grüße aus Köln"),
    ("iso-8859-15", "Preis: 100 €"),
    ("windows-1252", "„Hallo“ – 100 €"),
    ("iso-8859-2", "Dziękuję, zażółć gęślą jaźń"),
    ("windows-1250", "Příliš žluťoučký kůň"),
    ("windows-1251", "Здравствуйте, где моя посылка?"),
    ("koi8-r", "Здравствуйте, где моя посылка?"),
    ("koi8-u", "Доброго дня, де моя посилка і ґудзик?"),
    ("iso-8859-5", "Где моя посылка?"),
    ("iso-8859-7", "Πού είναι το δέμα μου;"),
    ("windows-1253", "Καλημέρα σας"),
    ("iso-8859-9", "Teşekkürler, paketim nerede?"),
    ("windows-1255", "שלום, איפה החבילה שלי?"),
    ("iso-8859-8-i", "שלום עולם"),
    ("windows-1256", "مرحبا، أين طردي؟"),
    ("gb2312", "你好，我的包裹在哪里？"),
    ("gb18030", "你好，我的包裹在哪里？㐀"),
    ("big5", "你好，我的包裹在哪裡？"),
    ("shift_jis", "荷物はどこですか。"),
    ("iso-2022-jp", "荷物はどこですか。"),
    ("euc-jp", "荷物はどこですか。"),
    ("euc-kr", "소포가 어디에 있나요?"),
    ("ks_c_5601-1987", "안녕하세요 소포"),
    ("tis-620", "สวัสดี พัสดุอยู่ที่ไหน"),
    ("windows-1257", "Kur ir mana paciņa?"),
    ("windows-1258", "Xin chào, đơn hàng"),
    ("utf-16", "Grüße in zwei Bytes"),
    ("utf-7", "Grüße in sieben Bit"),
    ("ibm850", "Grüße aus der alten Zeit"),
    ("x-mac-roman", "Grüße vom Apfel"),
]
_CODEC = {
    "UTF8": "utf-8",
    "iso-8859-8-i": "iso-8859-8",
    "ks_c_5601-1987": "cp949",
    "x-mac-roman": "mac-roman",
    "ibm850": "cp850",
}


def _named(name: str, text: str) -> Example:
    raw = text.encode(_CODEC.get(name, name))
    part = body(raw, f"text/plain; charset={name}", encoding="base64")
    return example(f"charset {name}", mail(part), text=text)


def _bytes(name: str, charset: str, content: bytes, **expected: object) -> Example:
    kind = f"text/plain; charset={charset}" if charset else "text/plain"
    return Example(name, mail(body(content, kind)), expected)


def _word(charset: str, text: str, kind: str = "B") -> str:
    return f"=?{charset}?{kind}?{base64.b64encode(text.encode(charset)).decode()}?="


LONG = "Очень длинная тема письма о посылке, которая не пришла"
_cut = LONG.encode()
HEADS: list[tuple[str, str | bytes, str]] = [
    ("words in base64", _word("utf-8", "Größe 42"), "Größe 42"),
    ("words in quoted-printable", "=?iso-8859-1?Q?Gr=F6=DFe_42?=", "Größe 42"),
    ("two words, blank between them goes", "=?utf-8?Q?Gr=C3=B6?= =?utf-8?Q?=C3=9Fe?=", "Größe"),
    (
        "a letter cut between two words",
        f"=?utf-8?B?{base64.b64encode(_cut[:33]).decode()}?=\r\n =?utf-8?B?{base64.b64encode(_cut[33:]).decode()}?=",
        LONG,
    ),
    ("words in two character sets", "=?iso-8859-1?Q?Gr=F6=DFe?= =?koi8-r?B?8M/T2czLwQ==?=", "GrößeПосылка"),
    ("words with blanks inside", "=?utf-8?Q?Gr=C3=B6=C3=9Fe 42 bitte?=", "Größe 42 bitte"),
    ("base64 without padding", "=?utf-8?B?R3LDtsOfZQ?=", "Größe"),
    ("word joined to text", "Re:=?utf-8?Q?_Gr=C3=B6=C3=9Fe?=(neu)", "Re: Größe(neu)"),
    ("word with a language", "=?utf-8*de?Q?Gr=C3=B6=C3=9Fe?=", "Größe"),
    ("word in an unknown set", "=?x-klingon?Q?Gr=C3=B6=C3=9Fe?=", "Größe"),
    ("word that lies", "=?us-ascii?Q?Gr=C3=B6=C3=9Fe?=", "Größe"),
    ("word that never ends", "=?utf-8?Q?Gr=C3=B6=C3=9Fe", "=?utf-8?Q?Gr=C3=B6=C3=9Fe"),
    ("raw utf-8", "Größe 😀".encode(), "Größe 😀"),
    ("raw latin-1", "Größe 42".encode("latin-1"), "Größe 42"),
    ("raw iso-2022-jp", "荷物".encode("iso-2022-jp"), "荷物"),
    (
        "word in iso-2022-jp",
        "=?ISO-2022-JP?B?" + base64.b64encode("荷物の件".encode("iso-2022-jp")).decode() + "?=",
        "荷物の件",
    ),
    ("word quoted in a subject", '"=?utf-8?Q?Gr=C3=B6=C3=9Fe?="', '"Größe"'),
    ("encoded new line does not start a line", "=?utf-8?Q?Hi=0D=0ABcc:_x@y.example?=", "Hi Bcc: x@y.example"),
    ("right to left", "مرحبا أين الطرد", "مرحبا أين الطرد"),
    ("folded with tabs", "Order\r\n\t4711\r\n  late", "Order 4711 late"),
]

OTHERS = [
    _bytes("no charset, utf-8", "", "Grüße aus Köln".encode(), text="Grüße aus Köln", problems=["charset_guessed"]),
    _bytes(
        "no charset, latin-1",
        "",
        "Grüße aus Köln".encode("latin-1"),
        text="Grüße aus Köln",
        problems=["charset_guessed"],
    ),
    _bytes(
        "says utf-8, is latin-1",
        "utf-8",
        "Grüße aus Köln".encode("latin-1"),
        text="Grüße aus Köln",
        problems=["charset_wrong"],
    ),
    _bytes(
        "says latin-1, is utf-8",
        "iso-8859-1",
        "Grüße aus Köln".encode(),
        text="Grüße aus Köln",
        problems=["charset_wrong"],
    ),
    _bytes("says ascii, is utf-8", "us-ascii", "Grüße".encode(), text="Grüße", problems=["charset_wrong"]),
    _bytes("says latin-1, is windows-1252", "iso-8859-1", "„Hallo“ 5 €".encode("cp1252"), text="„Hallo“ 5 €"),
    _bytes("unknown charset", "x-nonsense", "Grüße".encode(), text="Grüße", problems=["charset_unknown"]),
    _bytes("unknown-8bit", "unknown-8bit", "Grüße".encode(), text="Grüße", problems=["charset_guessed"]),
    _bytes("charset in quotes with junk", "\"utf-8'", "Grüße".encode(), text="Grüße"),
    _bytes("codec that is no charset", "zlib", b"plain", text="plain", problems=["charset_unknown"]),
    _bytes("byte order mark", "utf-8", "\ufeffGrüße".encode(), text="Grüße"),
    _bytes(
        "utf-8 cut in the middle of a letter",
        "utf-8",
        ("Grüße aus Köln, " * 20 + "ö").encode()[:-1],
        has=["Grüße aus Köln"],
        problems=["charset_wrong"],
    ),
    _bytes(
        "russian without a name",
        "",
        ("Здравствуйте, где моя посылка? Я жду её уже вторую неделю. " * 3).encode("cp1251"),
        has=["посылка"],
        problems=["charset_guessed"],
    ),
    _bytes("nul bytes", "utf-8", b"be\x00fore\x00 after", text="before after"),
    _bytes("utf-16 without a mark", "utf-16", "Hallo Welt".encode("utf-16-be"), text="Hallo Welt"),
    _bytes("old mac line ends", "utf-8", b"one\rtwo\rthree", text="one\ntwo\nthree"),
    example(
        "charset only in the html",
        mail(
            body(
                b'<html><head><meta charset="windows-1251"></head><body>'
                + "Посылка".encode("cp1251")
                + b"</body></html>",
                "text/html",
            )
        ),
        text="Посылка",
    ),
    example("emoji and marks of direction", mail("שלום 👩‍👩‍👧 \u202bعربي\u202c"), has=["👩‍👩‍👧", "عربي"]),
    example(
        "html entities", mail(html("<p>Gr&uuml;&szlig;e &#8364; &#x1F600;</p>")), text="Grüße € 😀", html_has=["Grüße"]
    ),
    example(
        "name in an encoded word, address bare",
        mail(sender="=?utf-8?B?SsO2cmcgTcO8bGxlcg==?= <joerg@kunde.example>"),
        sender_name="Jörg Müller",
        sender="joerg@kunde.example",
    ),
    example(
        "whole sender in one encoded word",
        mail(sender="=?utf-8?Q?J=C3=B6rg_=3Cjoerg=40kunde.example=3E?="),
        sender_name="Jörg",
        sender="joerg@kunde.example",
    ),
    example("name in raw latin-1", mail(sender="Jörg <joerg@kunde.example>".encode("latin-1")), sender_name="Jörg"),
    example(
        "name encoded within quotes",
        mail(sender='"=?utf-8?Q?M=C3=BCller=2C_J=C3=B6rg?=" <joerg@kunde.example>'),
        sender_name="Müller, Jörg",
    ),
]

EXAMPLES: list[Example] = [
    *(_named(name, text) for name, text in NAMED),
    *(example(f"subject: {name}", mail(subject=raw), subject=expected) for name, raw, expected in HEADS),
    *OTHERS,
]
