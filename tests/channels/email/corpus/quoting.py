"""Replies with what they reply to, as mail programs of many tongues quote it."""

from tests.channels.email.corpus.builder import Example, body, both, example, html, mail

# language: what the customer writes, and how Outlook, Gmail and Apple Mail head what they quote
TONGUES = {
    "en": (
        "Thank you, but the parcel is not here.",
        ("From", "Sent", "To", "Subject", "Monday, March 2, 2026 9:58 AM"),
        "On Mon, Mar 2, 2026 at 9:58 AM Shop Service <service@shop.example> wrote:",
        "On 2 Mar 2026, at 09:58, Shop Service <service@shop.example> wrote:",
    ),
    "de": (
        "Danke, aber das Paket ist nicht da.",
        ("Von", "Gesendet", "An", "Betreff", "Montag, 2. März 2026 09:58"),
        "Am Mo., 2. März 2026 um 09:58 Uhr schrieb Shop Service <service@shop.example>:",
        "Am 02.03.2026 um 09:58 schrieb Shop Service <service@shop.example>:",
    ),
    "fr": (
        "Merci, mais le colis n'est pas arrivé.",
        ("De", "Envoyé", "À", "Objet", "lundi 2 mars 2026 09:58"),
        "Le lun. 2 mars 2026 à 09:58, Shop Service <service@shop.example> a écrit :",
        "Le 2 mars 2026 à 09:58, Shop Service <service@shop.example> a écrit :",
    ),
    "es": (
        "Gracias, pero el paquete no está aquí.",
        ("De", "Enviado", "Para", "Asunto", "lunes, 2 de marzo de 2026 9:58"),
        "El lun, 2 mar 2026 a las 9:58, Shop Service (<service@shop.example>) escribió:",
        "El 2 mar 2026, a las 9:58, Shop Service <service@shop.example> escribió:",
    ),
    "it": (
        "Grazie, ma il pacco non è arrivato.",
        ("Da", "Inviato", "A", "Oggetto", "lunedì 2 marzo 2026 09:58"),
        "Il giorno lun 2 mar 2026 alle ore 09:58 Shop Service <service@shop.example> ha scritto:",
        "Il giorno 2 mar 2026, alle ore 09:58, Shop Service <service@shop.example> ha scritto:",
    ),
    "pt": (
        "Obrigado, mas o pacote não chegou.",
        ("De", "Enviado", "Para", "Assunto", "segunda-feira, 2 de março de 2026 09:58"),
        "Em seg., 2 de mar. de 2026 às 09:58, Shop Service <service@shop.example> escreveu:",
        "No dia 2 de mar. de 2026, às 09:58, Shop Service <service@shop.example> escreveu:",
    ),
    "nl": (
        "Bedankt, maar het pakket is er niet.",
        ("Van", "Verzonden", "Aan", "Onderwerp", "maandag 2 maart 2026 09:58"),
        "Op ma 2 mrt 2026 om 09:58 schreef Shop Service <service@shop.example>:",
        "Op 2 mrt 2026, om 09:58 heeft Shop Service <service@shop.example> het volgende geschreven:",
    ),
    "pl": (
        "Dziękuję, ale paczki nie ma.",
        ("Od", "Wysłano", "Do", "Temat", "poniedziałek, 2 marca 2026 09:58"),
        "pon., 2 mar 2026 o 09:58 Shop Service <service@shop.example> napisał(a):",
        "Wiadomość napisana przez Shop Service <service@shop.example> w dniu 2 mar 2026, o godz. 09:58:",
    ),
}
ASKED = ["Dear Ms Beispiel,", "", "your parcel 77120 was handed over.", "", "Shop Service"]
QUOTED = "\n".join("> " + line if line else ">" for line in ASKED)
QUOTED_HTML = "".join(f"<div>{line or '<br>'}</div>" for line in ASKED)


def _outlook_text(tongue: str) -> Example:
    said, (from_, sent, to, subject, when), _, _ = TONGUES[tongue]
    head = (
        f"{from_}: Shop Service <service@shop.example>\n{sent}: {when}\n{to}: Anna Beispiel\n{subject}: Your parcel\n"
    )
    text = f"{said}\n\nAnna Beispiel\n\n{head}\n" + "\n".join(ASKED)
    raw = mail(
        text,
        subject="RE: Your parcel",
        message_id=f"<outlook-{tongue}@kunde.example>",
        more=("In-Reply-To: <m-5-x@shop.example>",),
    )
    return example(
        f"outlook reply as text, {tongue}",
        raw,
        visible=f"{said}\n\nAnna Beispiel",
        in_reply_to="<m-5-x@shop.example>",
        language_hint=tongue,
    )


def _outlook_html(tongue: str) -> Example:
    said, (from_, sent, to, subject, when), _, _ = TONGUES[tongue]
    source = (
        '<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style>p.MsoNormal{margin:0}</style></head><body>'
        f'<div class="WordSection1"><p class="MsoNormal">{said}<o:p></o:p></p><p class="MsoNormal">&nbsp;</p>'
        '<div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm">'
        f'<p class="MsoNormal"><b>{from_}:</b> Shop Service &lt;service@shop.example&gt;<br><b>{sent}:</b> {when}<br>'
        f"<b>{to}:</b> Anna Beispiel<br><b>{subject}:</b> Your parcel</p></div></div>{QUOTED_HTML}</div></body></html>"
    )
    raw = mail(
        html(source, encoding="quoted-printable"),
        subject="AW: Your parcel",
        message_id=f"<outlook-html-{tongue}@kunde.example>",
    )
    return example(
        f"outlook reply as html, {tongue}",
        raw,
        visible=said,
        html_has=['<div class="quoted-history">'],
        html_lacks=["MsoNormal{", "o:p"],
    )


def _gmail(tongue: str) -> Example:
    said, _, attribution, _ = TONGUES[tongue]
    shown = attribution.replace("<", "&lt;").replace(">", "&gt;")
    source = (
        f'<div dir="ltr">{said}</div><br><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">{shown}<br></div>'
        f'<blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px solid #ccc">{QUOTED_HTML}</blockquote></div>'
    )
    raw = mail(
        both(f"{said}\n\n{attribution}\n\n{QUOTED}\n", source),
        subject="Re: Your parcel",
        message_id=f"<CA+{tongue}@mail.gmail.example>",
    )
    return example(
        f"gmail reply, {tongue}", raw, visible=said, html_has=['<div class="quoted-history">'], language_hint=tongue
    )


def _apple(tongue: str) -> Example:
    said, _, _, attribution = TONGUES[tongue]
    shown = attribution.replace("<", "&lt;").replace(">", "&gt;")
    source = (
        f'<html><head><meta http-equiv="content-type" content="text/html; charset=utf-8"></head><body dir="auto">{said}<div><br></div>'
        f'<div dir="ltr"><br><blockquote type="cite">{shown}<br><br></blockquote></div><blockquote type="cite"><div dir="ltr">{QUOTED_HTML}'
        "</div></blockquote></body></html>"
    )
    raw = mail(
        both(f"{said}\n\n> {attribution}\n> \n{QUOTED}\n", source),
        subject="Re: Your parcel",
        more=("X-Mailer: iPhone Mail (22D72)",),
    )
    return example(f"iphone reply, {tongue}", raw, visible=said, html_has=['<div class="quoted-history">'])


WRAPPED = """Still nothing.

On Mon, Mar 2, 2026 at 9:58 AM Shop Service of the Great Shop in the High
Street <service@shop.example> wrote:

> Your parcel was handed over.
"""
NOTES = """Das Paket fehlt.

Mit freundlichen Grüßen
Anna Beispiel



Von:\tShop Service <service@shop.example>
An:\tAnna Beispiel <anna@kunde.example>
Datum:\t02.03.2026 09:58
Betreff:\tIhr Paket



Ihr Paket wurde zugestellt.
"""
INTERLEAVED = """On Mon, Mar 2, 2026 at 9:58 AM Shop Service <service@shop.example> wrote:

> Which colour?

Blue.

> Which size?

Large, please.
"""
UNDERNEATH = """> Which colour would you like?

Blue, please.

--
Anna
"""
FORWARDED = """Please see below.

---------- Forwarded message ---------
From: Delivery <news@parcels.example>
Date: Mon, 2 Mar 2026 at 09:58
Subject: Your parcel
To: <anna@kunde.example>

It comes tomorrow.
"""
NO_HISTORY = """I wrote to you on 2 March 2026 and your colleague wrote:
nothing at all. From what I see the order is lost.

To be clear: I want my money back.
Date of the order: 1 March 2026
"""
ABOVE_LINE = """Yes, please send it again.

##- Please type your reply above this line -##

Shop Service, 2 March 2026
Shall we send it again?
"""

OTHERS: list[tuple[str, str, str, dict[str, object]]] = [
    ("attribution over two lines", "Re: Parcel", WRAPPED, {"visible": "Still nothing."}),
    (
        "notes reply",
        "Antwort: Ihr Paket",
        NOTES,
        {"visible": "Das Paket fehlt.\n\nMit freundlichen Grüßen\nAnna Beispiel"},
    ),
    ("answers between the lines", "Re: Order", INTERLEAVED, {"quoted": False, "has": ["Large, please."]}),
    ("answer underneath", "Re: Order", UNDERNEATH, {"quoted": False}),
    ("gmail forward", "Fwd: Your parcel", FORWARDED, {"quoted": False, "has": ["It comes tomorrow."]}),
    ("words that look like a quotation", "Complaint", NO_HISTORY, {"quoted": False}),
    (
        "ticket system asks to write above the line",
        "Re: [#881] Order",
        ABOVE_LINE,
        {"visible": "Yes, please send it again."},
    ),
    (
        "outlook express, original message",
        "Re: Parcel",
        "Not yet.\n\n-----Original Message-----\nFrom: Shop\nSent: Monday\nTo: Anna\nSubject: Parcel\n\nIs it there?",
        {"visible": "Not yet."},
    ),
    (
        "old outlook, German original message",
        "AW: Paket",
        "Noch nicht.\n\n-----Ursprüngliche Nachricht-----\nVon: Shop\nGesendet: Montag\nAn: Anna\nBetreff: Paket\n\nIst es da?",
        {"visible": "Noch nicht."},
    ),
    (
        "lotus, wrote on",
        "Re: Parcel",
        "No.\n\nShop Service <service@shop.example> wrote on 02.03.2026 09:58:22:\n\n> Is it there?\n",
        {"visible": "No."},
    ),
    ("only a quotation", "Re: Parcel", "> Is it there?\n> Tell us.\n", {"quoted": False, "has": ["Is it there?"]}),
    (
        "quoted to the third degree",
        "Re: Re: Re: Parcel",
        "Now it is.\n\nOn 2026-03-02 10:00, Shop wrote:\n> On 2026-03-01 10:00, Anna wrote:\n>> On 2026-02-28 10:00, Shop wrote:\n>>> Is it?\n>> No.\n> Now?\n",
        {"visible": "Now it is."},
    ),
    (
        "thunderbird, Polish",
        "Re: Paczka",
        "Nie ma jej.\n\nW dniu 2.03.2026 o 09:58, Shop Service pisze:\n> Czy jest?\n",
        {"visible": "Nie ma jej."},
    ),
    (
        "Swedish",
        "Sv: Paket",
        "Nej.\n\nDen mån 2 mars 2026 kl 09:58 skrev Shop Service <service@shop.example>:\n> Har det kommit?\n",
        {"visible": "Nej."},
    ),
    (
        "Russian",
        "Re: Посылка",
        "Нет.\n\nпн, 2 мар. 2026 г. в 09:58, Shop <service@shop.example> пишет:\n> Она пришла?\n",
        {"visible": "Нет."},
    ),
    (
        "Chinese",
        "回复: 包裹",
        "还没有收到。\n\n在 2026年3月2日，上午9:58，Shop <service@shop.example> 写道：\n> 收到了吗？\n",
        {"visible": "还没有收到。"},
    ),
    (
        "signature under the quotation",
        "Re: Parcel",
        "No.\n\nOn 2 Mar 2026 Shop <service@shop.example> wrote:\n> Is it there?\n\n-- \nAnna Beispiel\nTel. 030 123\n",
        {"visible": "No."},
    ),
    (
        "outlook forward with its head is no repetition",
        "WG: Rechnung",
        "Bitte prüfen.\n\nVon: Lieferant <a@b.example>\nGesendet: Montag, 2. März 2026\nAn: Anna\nBetreff: Rechnung\n\nAnbei die Rechnung.",
        {"quoted": False},
    ),
]

HTML_OTHERS = [
    example(
        "outlook on the web",
        mail(
            html(
                '<html><body><div style="font-family:Calibri">It is broken.</div><div id="appendonsend"></div><hr style="display:inline-block;width:98%">'
                '<div id="divRplyFwdMsg" dir="ltr"><font><b>From:</b> Shop<br><b>Sent:</b> Monday<br><b>To:</b> Anna<br><b>Subject:</b> Lamp</font></div>'
                "<div>Is it well?</div></body></html>"
            ),
            subject="Re: Lamp",
        ),
        visible="It is broken.",
        html_has=['<div class="quoted-history">'],
    ),
    example(
        "thunderbird html",
        mail(
            html(
                '<html><body><p>It hums.</p><div class="moz-cite-prefix">On 02/03/2026 09:58, Shop wrote:<br></div>'
                '<blockquote type="cite" cite="mid:m-5@shop.example"><p>Does it hum?</p></blockquote></body></html>'
            ),
            subject="Re: Lamp",
        ),
        visible="It hums.",
        html_has=['<div class="quoted-history"><div>On 02'],
    ),
    example(
        "answers between quotations in html stay open",
        mail(
            html(
                '<div><blockquote type="cite">Colour?</blockquote>Blue.<blockquote type="cite">Size?</blockquote><p>Large.</p></div>'
            ),
            subject="Re: Order",
        ),
        quoted=False,
        has=["Large."],
        html_lacks=["quoted-history"],
    ),
    example(
        "a customer cannot hide words as history",
        mail(html('<p>Hello</p><div class="quoted-history">read me</div>')),
        quoted=False,
        html_lacks=["quoted-history"],
        has=["read me"],
    ),
    example(
        "gmail forward in html is open",
        mail(
            html(
                '<div>See below</div><div class="gmail_quote"><div class="gmail_attr">---------- Forwarded message ---------<br>From: A</div>'
                "<p>It comes tomorrow.</p></div>"
            ),
            subject="Fwd: Parcel",
        ),
        quoted=False,
        html_lacks=["quoted-history"],
        has=["It comes tomorrow."],
    ),
    example(
        "yahoo",
        mail(
            html(
                '<div>No.</div><div id="yahoo_quoted_123" class="yahoo_quoted"><div>On Monday, Shop wrote:</div><div>Is it?</div></div>'
            ),
            subject="Re: x",
        ),
        visible="No.",
        html_has=["quoted-history"],
    ),
    example(
        "proton",
        mail(
            html(
                '<div>No.</div><div class="protonmail_quote">On Monday, Shop wrote:<br><blockquote type="cite">Is it?</blockquote></div>'
            ),
            subject="Re: x",
        ),
        visible="No.",
        html_has=["quoted-history"],
    ),
    example(
        "lotus notes html",
        mail(
            html(
                '<font size=2 face="sans-serif">Fehlt noch.</font><br><br><font size=1 color=#5f5f5f>Von: &nbsp; &nbsp; Shop &lt;service@shop.example&gt;<br>'
                "An: &nbsp; Anna<br>Datum: &nbsp; 02.03.2026<br>Betreff: &nbsp; Paket</font><hr noshade><br><font>Ist es da?</font>"
            ),
            subject="Antwort: Paket",
        ),
        visible="Fehlt noch.",
    ),
]

EXAMPLES: list[Example] = [
    *(_outlook_text(tongue) for tongue in TONGUES),
    *(_outlook_html(tongue) for tongue in TONGUES),
    *(_gmail(tongue) for tongue in TONGUES),
    *(_apple(tongue) for tongue in TONGUES),
    *(Example(name, mail(body(text), subject=subject), dict(expected)) for name, subject, text, expected in OTHERS),
    *HTML_OTHERS,
]
