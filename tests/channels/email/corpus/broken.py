"""What programs get wrong: heads, dates, encodings, separators, depth, length, nothing at all."""

from tests.channels.email.corpus.builder import WHEN, Body, Example, body, example, html, mail, multipart

NO_HEAD = ["message_id_missing", "sender_missing", "date_unreadable"]
ARRIVED = "Received: from a.example by mx.shop.example; Mon, 2 Mar 2026 10:15:01 +0100"
SAID = "2026-03-02T09:15:00+00:00"

# the line of the date, what is read, whether the problem is noted
DATES: list[tuple[str, str, str | None, list[str]]] = [
    ("as it should be", WHEN, SAID, []),
    ("without a day", "2 Mar 2026 10:15:00 +0100", SAID, []),
    ("without seconds", "Mon, 2 Mar 2026 10:15 +0100", SAID, []),
    ("named zone", "Mon, 2 Mar 2026 09:15:00 GMT", SAID, []),
    ("zone with its name", "Mon, 2 Mar 2026 10:15:00 +0100 (CET)", SAID, []),
    ("two-figure year", "Mon, 2 Mar 26 09:15:00 +0000", SAID, []),
    ("iso", "2026-03-02T10:15:00+01:00", SAID, []),
    ("German month", "Mo, 2 Mär 2026 10:15:00 +0100", SAID, []),
    ("French month", "lun., 2 mars 2026 10:15:00 +0100", SAID, []),
    ("figures", "02.03.2026 09:15", SAID, []),
    ("nonsense", "yesterday", "2026-03-02T09:15:01+00:00", ["date_unreadable"]),
    ("the beginning of time", "Thu, 1 Jan 1970 00:00:00 +0000", "2026-03-02T09:15:01+00:00", ["date_absurd"]),
    ("far future", "Fri, 31 Dec 9999 23:59:59 +0000", "2026-03-02T09:15:01+00:00", ["date_absurd"]),
    ("day that is none", "Mon, 31 Feb 2026 10:15:00 +0100", "2026-03-02T09:15:01+00:00", ["date_unreadable"]),
    ("zone that is none", "Mon, 2 Mar 2026 09:15:00 +9999", SAID, []),
    ("leap second", "Mon, 2 Mar 2026 09:15:60 +0000", "2026-03-02T09:15:59+00:00", []),
    ("year of ten figures", "Mon, 2 Mar 2026202620 09:15:00 +0000", "2026-03-02T09:15:01+00:00", ["date_unreadable"]),
]


def _encoded(name: str, encoding: str, content: bytes, **expected: object) -> Example:
    part = Body(("Content-Type: text/plain; charset=utf-8", f"Content-Transfer-Encoding: {encoding}"), content)
    return Example(f"encoding {name}", mail(part), expected)


ENCODED = [
    _encoded("base64 without line ends", "base64", b"R3LDvMOfZQ==", text="Grüße"),
    _encoded("base64 without padding", "base64", b"R3LDvMOfZQ", text="Grüße"),
    _encoded("base64 with a footer of a list", "base64", b"R3LDvMOfZQ==\r\n\r\n____\r\nlist", text="Grüße"),
    _encoded(
        "base64 that is plain text",
        "base64",
        "Grüße aus Köln, ich möchte bitte wissen, wo mein Paket ist. Vielen Dank für Ihre Hilfe.".encode(),
        has=["Paket"],
        problems=["encoding_broken"],
    ),
    _encoded("base64 in capitals and quotes", '"BASE64"', b"R3LDvMOfZQ==", text="Grüße"),
    _encoded("base64 cut off", "base64", b"R3LDvMOf", text="Grüß"),
    _encoded(
        "quoted-printable with bare equals signs",
        "quoted-printable",
        b"a = b, 100=, =ZZ, Gr=C3=BC=C3=9Fe",
        has=["Grüße", "a = b"],
    ),
    _encoded("quoted-printable with small letters", "Quoted-Printable", b"Gr=c3=bc=c3=9fe", text="Grüße"),
    _encoded(
        "quoted-printable with soft breaks and blanks", "quoted-printable", b"Gr=C3=BC=  \r\n=C3=9Fe", text="Grüße"
    ),
    _encoded("quoted-printable that says 8bit", "8bit", b"Gr=C3=BC=C3=9Fe", text="Gr=C3=BC=C3=9Fe"),
    _encoded("quoted-printable with raw letters", "quoted-printable", "Grüße =3D".encode(), text="Grüße ="),
    _encoded("unknown", "x-nonsense", b"Hello", text="Hello", problems=["encoding_unknown"]),
    _encoded("binary with nothing", "binary", b"", text="", problems=["empty"]),
]


def _cut(closing: bool) -> bytes:
    raw = mail(multipart("mixed", body("First"), body("Second"), boundary="b"))
    return raw if closing else raw.replace(b"--b--\r\n", b"")


HEAD = f"From: anna@kunde.example\r\nTo: service@shop.example\r\nSubject: Frage\r\nDate: {WHEN}\r\nMessage-ID: <1@kunde.example>\r\n".encode()


def _nested(depth: int) -> Body:
    part = body("innermost")
    for number in range(depth):
        part = multipart("mixed", part, boundary=f"b{number}")
    return part


def _enveloped(depth: int) -> bytes:
    raw = mail("innermost", message_id="<0@kunde.example>")
    for number in range(depth):
        raw = mail(Body(("Content-Type: message/rfc822",), raw), message_id=f"<{number + 1}@kunde.example>")
    return raw


PARTS = [
    example("last separator missing", _cut(closing=False), text="First\n\nSecond"),
    example("text after the last separator", _cut(closing=True) + b"not read", text="First\n\nSecond"),
    example(
        "separator never used",
        mail(Body(("Content-Type: multipart/mixed; boundary=other",), b"Hello there")),
        text="Hello there",
        problems=["boundary_missing"],
    ),
    example(
        "separator wrongly named",
        mail(multipart("mixed", body("First"), body("Second"), boundary="b")).replace(b'boundary="b"', b'boundary="c"'),
        text="First\n\nSecond",
        problems=["boundary_missing"],
    ),
    example(
        "separator not named",
        mail(multipart("alternative", body("First"), html("<p>First</p>"), boundary="b")).replace(
            b' boundary="b"', b""
        ),
        text="First",
        html="<p>First</p>",
        problems=["boundary_missing"],
    ),
    example(
        "separator with blanks after it",
        mail(multipart("mixed", body("First"), body("Second"), boundary="b")).replace(b"--b\r\n", b"--b  \r\n"),
        text="First\n\nSecond",
    ),
    example(
        "separators that begin alike",
        mail(
            multipart(
                "mixed",
                multipart("alternative", body("First"), html("<p>First</p>"), boundary="b1"),
                body("Second"),
                boundary="b",
            )
        ),
        text="First\n\nSecond",
    ),
    example(
        "the same separator within",
        mail(multipart("mixed", multipart("mixed", body("First"), boundary="b"), body("Second"), boundary="b")),
        has=["First"],
        problems=["boundary_missing"],
    ),
    example(
        "parts without heads",
        mail(
            Body(("Content-Type: multipart/mixed; boundary=b",), b"--b\r\n\r\nFirst\r\n--b\r\n\r\nSecond\r\n--b--\r\n")
        ),
        text="First\n\nSecond",
    ),
    example(
        "multipart without parts",
        mail(Body(("Content-Type: multipart/mixed; boundary=b",), b"--b--\r\n")),
        text="--b--",
        problems=["boundary_missing"],
    ),
    example(
        "html in a multipart that is none",
        mail(Body(("Content-Type: multipart/alternative; boundary=b",), b"<html><p>Hello</p></html>")),
        text="Hello",
        problems=["boundary_missing"],
    ),
    example(
        "parts two hundred deep",
        mail(_nested(200)),
        problems=["nested_too_deeply"],
        files=[["file-1.txt", "text/plain", False]],
        text="",
    ),
    example("parts ten deep", mail(_nested(10)), text="innermost"),
    example("mails in mails, fifty deep", _enveloped(50), text="", files=[["Frage.eml", "message/rfc822", False]]),
    example(
        "a thousand parts",
        mail(multipart("mixed", *[body(f"line {number}") for number in range(1_000)])),
        has=["line 1", "line 400"],
        problems=["parts_cut"],
    ),
    example("type that is none", mail(Body(("Content-Type: text",), b"Hello")), text="Hello"),
    example("type missing", mail(Body((), b"Hello")), text="Hello"),
    example("type of nonsense", mail(Body(("Content-Type: ;;;=\x01;",), b"Hello")), text="Hello"),
    example(
        "type twice",
        mail(Body(("Content-Type: text/plain; charset=utf-8", "Content-Type: text/html"), "Grüße".encode())),
        text="Grüße",
    ),
    example(
        "subject, id and date twice",
        mail(more=("Subject: Other", "Message-ID: <2@kunde.example>", "Date: Tue, 1 Jan 2019 00:00:00 +0000")),
        subject="Frage",
        message_id="<1@kunde.example>",
        date=SAID,
    ),
]

HEADS = [
    example("nothing at all", b"", text="", subject="", problems=[*NO_HEAD, "empty"]),
    example("only line ends", b"\r\n\r\n\r\n", text="", problems=[*NO_HEAD, "empty"]),
    example(
        "no head",
        b"Hello, I have no head.\r\nBut two lines.\r\n",
        text="Hello, I have no head.\nBut two lines.",
        problems=["head_malformed", *NO_HEAD],
    ),
    example("no body", HEAD, text="", problems=["empty"]),
    example(
        "no empty line after the head",
        HEAD + b"Hello there\r\nsecond line\r\n",
        has=["Hello there"],
        problems=["head_malformed"],
    ),
    example("line ends of Unix", (HEAD + b"\r\nHello\r\nyou").replace(b"\r\n", b"\n"), text="Hello\nyou"),
    example("line ends of old Macs", (HEAD + b"\r\nHello\r\nyou").replace(b"\r\n", b"\r"), text="Hello\nyou"),
    example(
        "line ends of all kinds", HEAD.replace(b"\r\n", b"\n", 2) + b"\nHello\r\nyou\rthere", text="Hello\nyou\nthere"
    ),
    example(
        "line of an mbox",
        b"From anna@kunde.example Mon Mar  2 10:15:00 2026\r\n" + HEAD + b"\r\nHello",
        text="Hello",
        sender="anna@kunde.example",
    ),
    example(
        "byte order mark before the head",
        b"\xef\xbb\xbf" + HEAD + b"\r\nHello",
        text="Hello",
        sender="anna@kunde.example",
    ),
    example("empty line before the head", b"\r\n" + HEAD + b"\r\nHello", text="Hello", sender="anna@kunde.example"),
    example(
        "line in the head that is none",
        HEAD.replace(b"To:", b"this is no field\r\nTo:") + b"\r\nHello",
        text="Hello",
        problems=["head_malformed"],
    ),
    example(
        "blanks before the colon", HEAD.replace(b"Subject:", b"Subject :") + b"\r\nHello", subject="Frage", text="Hello"
    ),
    example(
        "names in capitals", HEAD.upper().replace(b"KUNDE.EXAMPLE", b"kunde.example") + b"\r\nHello", subject="FRAGE"
    ),
    example("line of blanks as the end", HEAD + b"  \r\nHello", text="Hello", problems=["head_malformed"]),
    example(
        "NUL in the head and the body",
        HEAD.replace(b"Frage", b"Fra\x00ge") + b"\r\nHel\x00lo",
        subject="Frage",
        text="Hello",
    ),
    example(
        "a line of a hundred kilobytes",
        HEAD.replace(b"Frage", b"F" * 100_000) + b"\r\nHello",
        subject="F" * 500,
        text="Hello",
    ),
    example("a line of a megabyte", HEAD + b"X-Long: " + b"x" * 1_000_000 + b"\r\n\r\nHello", text="Hello"),
    example(
        "ten thousand lines of head", HEAD + b"X-A: 1\r\n" * 10_000 + b"\r\nHello", text="Hello", problems=["head_cut"]
    ),
    example(
        "sixty stations",
        b"Received: from a.example by b.example; Mon, 2 Mar 2026 10:15:01 +0100\r\n" * 60 + HEAD + b"\r\nHello",
        automatic="loop",
        automatic_because="Received",
    ),
    example("a line of text of two megabytes", HEAD + b"\r\n" + b"x" * 2_000_000, problems=["text_cut"]),
    example("a million line ends", HEAD + b"\r\nHello" + b"\r\n" * 500_000 + b"you", has=["Hello"]),
    example("bytes of all kinds", HEAD + b"\r\n" + bytes(range(256)) * 4, has=["ABC"], problems=["charset_guessed"]),
    example(
        "a picture and no head", b"\x89PNG\r\n\x1a\n\x00\x00", problems=["head_malformed", *NO_HEAD, "charset_guessed"]
    ),
    example(
        "the same mail by another way has the same id",
        HEAD.replace(b"Message-ID: <1@kunde.example>\r\n", b"") + b"\r\nHello",
        problems=["message_id_missing"],
    ),
    example(
        "a part that says it is a mail and is none",
        mail(Body(("Content-Type: message/rfc822",), b"not a mail")),
        problems=["text_of_forwarded"],
        text="not a mail",
        files=[["file-1.eml", "message/rfc822", False]],
    ),
    example(
        "mail within a mail in base64",
        mail(
            Body(
                ("Content-Type: message/rfc822", "Content-Transfer-Encoding: base64"),
                b"U3ViamVjdDogSW5uZXINCg0KSGVsbG8=",
            )
        ),
        problems=["text_of_forwarded"],
        text="Hello",
        files=[["Inner.eml", "message/rfc822", False]],
    ),
]

EXAMPLES: list[Example] = [
    *(
        example(f"date {name}", mail(date=line, first=(ARRIVED,)), date=read, problems=problems)
        for name, line, read, problems in DATES
    ),
    *ENCODED,
    *PARTS,
    *HEADS,
]
