"""Who a mail says it is from and to, and what of that may be believed."""

from tests.channels.email.corpus.builder import Example, example, mail

# name, the line, name shown, address
LINES: list[tuple[str, str | bytes, str, str]] = [
    ("address alone", "anna@kunde.example", "", "anna@kunde.example"),
    ("address in brackets alone", "<anna@kunde.example>", "", "anna@kunde.example"),
    ("name with a comma, quoted", '"Beispiel, Anna" <anna@kunde.example>', "Beispiel, Anna", "anna@kunde.example"),
    ("name with a comma, not quoted", "Beispiel, Anna <anna@kunde.example>", "Beispiel, Anna", "anna@kunde.example"),
    ("name as a comment", "anna@kunde.example (Anna Beispiel)", "Anna Beispiel", "anna@kunde.example"),
    ("address as the name", '"bank@bank.example" <thief@evil.example>', "bank@bank.example", "thief@evil.example"),
    (
        "two addresses in brackets",
        "Anna <service@shop.example> <thief@evil.example>",
        "Anna service@shop.example",
        "thief@evil.example",
    ),
    (
        "address hidden in an encoded name",
        "=?utf-8?Q?boss=40firma.example?= <thief@evil.example>",
        "boss@firma.example",
        "thief@evil.example",
    ),
    (
        "nul in an encoded name",
        "=?utf-8?Q?boss=40firma.example=00?= <thief@evil.example>",
        "boss@firma.example",
        "thief@evil.example",
    ),
    (
        "line end in an encoded name",
        "=?utf-8?Q?Boss=0A=0ABcc=3A_x?= <thief@evil.example>",
        "Boss Bcc: x",
        "thief@evil.example",
    ),
    (
        "marks that turn the direction",
        "\u202emoc.knab\u202c <thief@evil.example>".encode(),
        "moc.knab",
        "thief@evil.example",
    ),
    (
        "letters that look alike",
        "P\u0430yp\u0430l <service@p\u0430ypal.example>".encode(),
        "P\u0430yp\u0430l",
        "service@p\u0430ypal.example",
    ),
    ("domain in capitals", "Anna@KUNDE.Example", "", "Anna@kunde.example"),
    ("quoted local part", '"anna beispiel"@kunde.example', "", "annabeispiel@kunde.example"),
    ("no address", "Anna Beispiel", "Anna Beispiel", ""),
    ("broken bracket", "Anna <anna@kunde.example", "Anna", "anna@kunde.example"),
    ("quotes around all", "'Anna' <'anna@kunde.example'>", "Anna", "anna@kunde.example"),
    ("mailto", "Anna <mailto:anna@kunde.example>", "Anna", "anna@kunde.example"),
    ("dot at the end", "anna@kunde.example.", "", "anna@kunde.example"),
    ("letters beyond ASCII", "jörg@köln.example".encode(), "", "jörg@köln.example"),
    ("group", "Undisclosed: anna@kunde.example;", "", "anna@kunde.example"),
    (
        "x.400 remains",
        "Anna <IMCEAEX-_O=FIRMA_CN=anna@firma.example>",
        "Anna",
        "IMCEAEX-_O=FIRMA_CN=anna@firma.example",
    ),
]
HERE = "Received: from mail.kunde.example by mx.shop.example with ESMTPS; Mon, 2 Mar 2026 10:15:01 +0100"
PASSED = "Authentication-Results: mx.shop.example; spf=pass smtp.mailfrom=anna@kunde.example; dkim=pass header.d=kunde.example; dmarc=pass header.from=kunde.example"
NONE = {"spf": "none", "dkim": "none", "dmarc": "none", "sender": "none"}


def _checked(name: str, *first: str, checks: dict[str, str], sender: str = "Anna <anna@kunde.example>") -> Example:
    return example(f"checks: {name}", mail(first=first, sender=sender), checks=checks)


CHECKED = [
    _checked(
        "our server passed all", PASSED, HERE, checks={"spf": "pass", "dkim": "pass", "dmarc": "pass", "sender": "pass"}
    ),
    _checked("nobody checked", HERE, checks={}),
    _checked("a server that is not ours", PASSED.replace("mx.shop", "mx.other"), HERE, checks={}),
    _checked(
        "a server whose name begins as ours",
        PASSED.replace("mx.shop.example", "mx.shop.example.evil.example"),
        HERE,
        checks={},
    ),
    _checked(
        "forged under our name, below the sender's own trace",
        HERE,
        "Received: from a.evil.example by b.evil.example; Mon, 2 Mar 2026 10:14:00 +0100",
        "Received: from c.evil.example by a.evil.example; Mon, 2 Mar 2026 10:13:00 +0100",
        "Received: from d.evil.example by c.evil.example; Mon, 2 Mar 2026 10:12:00 +0100",
        PASSED,
        checks={},
    ),
    _checked(
        "forged under our name, ours on top says fail",
        "Authentication-Results: mx.shop.example; spf=fail smtp.mailfrom=kunde.example; dmarc=fail header.from=kunde.example",
        HERE,
        "Received: from d.evil.example by c.evil.example; Mon, 2 Mar 2026 10:12:00 +0100",
        PASSED,
        checks={"spf": "fail", "dkim": "none", "dmarc": "fail", "sender": "fail"},
    ),
    _checked(
        "signed by somebody else",
        "Authentication-Results: mx.shop.example; dkim=pass header.d=evil.example; spf=pass smtp.mailfrom=x@evil.example",
        HERE,
        checks={"spf": "pass", "dkim": "pass", "dmarc": "none", "sender": "none"},
    ),
    _checked(
        "signed by the firm for its department",
        "Authentication-Results: mx.shop.example; dkim=pass header.d=kunde.example",
        HERE,
        sender="Anna <anna@mail.kunde.example>",
        checks={"spf": "none", "dkim": "pass", "dmarc": "none", "sender": "pass"},
    ),
    _checked(
        "result within a comment",
        "Authentication-Results: mx.shop.example; dmarc=fail (was dmarc=pass; dkim=pass header.d=kunde.example) header.from=kunde.example",
        HERE,
        checks={"spf": "none", "dkim": "none", "dmarc": "fail", "sender": "fail"},
    ),
    _checked(
        "domain of a single word",
        "Authentication-Results: mx.shop.example; dkim=pass header.d=example",
        HERE,
        checks=NONE | {"dkim": "pass"},
    ),
]

OTHERS = [
    example(
        "two senders",
        mail(sender="Anna <anna@kunde.example>, Bernd <bernd@kunde.example>"),
        sender="anna@kunde.example",
        problems=["several_senders"],
    ),
    example(
        "two lines of From",
        mail(sender="Anna <anna@kunde.example>", more=("From: Boss <boss@firma.example>",)),
        sender="anna@kunde.example",
        problems=["several_senders"],
    ),
    example(
        "no From but a Sender",
        mail(sender="", more=("Sender: Anna <anna@kunde.example>",)),
        sender="anna@kunde.example",
        problems=["sender_missing"],
    ),
    example("empty From", mail(sender=" "), sender="", sender_name="", problems=["sender_missing"]),
    example(
        "reply to another",
        mail(more=("Reply-To: Office <office@kunde.example>",)),
        sender="anna@kunde.example",
        reply_to="office@kunde.example",
    ),
    example(
        "many recipients in three lines",
        mail(
            to='"Service, Shop" <service@shop.example>, b@kunde.example',
            more=("Cc: C <c@kunde.example>; d@kunde.example", "Bcc: e@kunde.example"),
        ),
        to=["service@shop.example", "b@kunde.example", "c@kunde.example", "d@kunde.example", "e@kunde.example"],
    ),
    example("undisclosed recipients", mail(to="undisclosed-recipients:;"), to=[]),
    example(
        "the same recipient twice",
        mail(to="service@shop.example, Service <service@shop.example>"),
        to=["service@shop.example"],
    ),
    example(
        "a thousand recipients",
        mail(to=", ".join(f"u{n}@kunde.example" for n in range(1_000))),
        problems=["recipients_cut"],
        sender="anna@kunde.example",
    ),
    example("no To at all", mail(to=""), to=[]),
    example(
        "references over lines and with junk",
        mail(
            more=(
                "In-Reply-To: Your message of Monday <m-5-x@shop.example>",
                "References: <a@x.example>\r\n <b@x.example>,<a@x.example> junk <m-5-x@shop.example>",
            )
        ),
        in_reply_to="<m-5-x@shop.example>",
        references=["<a@x.example>", "<b@x.example>", "<m-5-x@shop.example>"],
    ),
    example(
        "references without brackets",
        mail(more=("References: m-5-x@shop.example",)),
        references=["<m-5-x@shop.example>"],
    ),
    example("Message-ID without brackets", mail(message_id="abc@kunde.example"), message_id="<abc@kunde.example>"),
    example(
        "Message-ID with blanks and a line break",
        mail(message_id="< abc@kunde.example >\r\n (comment)"),
        message_id="<abc@kunde.example>",
    ),
]

EXAMPLES: list[Example] = [
    *(
        example(
            f"from: {name}",
            mail(sender=line),
            sender_name=shown,
            sender=address,
            problems=[] if address else ["sender_missing"],
        )
        for name, line, shown, address in LINES
    ),
    *CHECKED,
    *OTHERS,
]
