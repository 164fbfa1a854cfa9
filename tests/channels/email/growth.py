"""Content made to keep the reader busy: each is a seed that is repeated."""

from tests.channels.email.corpus.builder import body, html, mail

SEEDS: tuple[str, ...] = (
    "<", ">", "&", "&#", "=?", "=?utf-8?Q?a", "=?utf-8?B?", "?=", "> ", ">\n", "> a\n", "a\n> b\n", "a@", "@", "a@b.c ", "a.", "(", ")", '"', "'",
    '\\"', ",", ";", ":", "a:", "<a@b>", "--b\r\n", "--", "-- \n", "4", "4 ", "41-", "4111 1111 1111 1111 ", "<a href=\"", "<a href='", "<!--",
    "<!-- -->", "<div>", "<b>", "<p>", "<font color=red>", "<table>", "<td>", "<p title='>' ", "<p a ", "<img src=x ", "</", "<svg><style>",
    "<blockquote>", '<blockquote type="cite">a</blockquote>b', "begin 644 x\n", "begin 644 x\n#0V%T\n", " ", " \n", "\n", "\r", "\t", "a ", "a",
    "\u2028", "http://", "On 1.2.2026 a wrote:\n", "On 1 wrote\n", "Von: x\n", "From: x\nSent: y\n", "wrote: ", "schrieb 2026 ", "_____\n",
    "[", "](", "{", "x" * 75 + " \n", "550 5.1.1 ", "a=1;", "*0*=a;", "filename*0=a; ", "%E2", "é", "ß=", "=C3", "=\n", "<x\n", "<<a>>", "\x1b$B",
    "+AGE-", "Mon, 2 Mar 2026 ", "12:12 ", "message-id: <a@b>\n",
)  # fmt: skip
LINES = (
    "From", "To", "Cc", "Reply-To", "Subject", "Date", "Received", "Message-ID", "References", "In-Reply-To", "Content-Type", "Content-Disposition",
    "Content-Transfer-Encoding", "Content-ID", "Content-Language", "Authentication-Results", "Auto-Submitted", "Precedence", "X-Loop",
    "X-Failed-Recipients", "Delivered-To", "X-Auto-Response-Suppress", "List-Id",
)  # fmt: skip
AR = "mx.shop.example; "


def in_text(content: str) -> bytes:
    return mail(body(content))


def in_html(content: str) -> bytes:
    return mail(html(content))


def in_head(name: str, content: str) -> bytes:
    line = " ".join(content.splitlines()) if "\n" in content or "\r" in content else content
    if name == "Authentication-Results":
        line = AR + line
    raw = mail("Hello", sender="", to="", subject="", date="", message_id="")
    return f"{name}: {line}\r\n".encode() + raw


def in_report(content: str) -> bytes:
    return mail(body(content), sender="MAILER-DAEMON@x.example", subject="Undelivered mail", first=("Return-Path: <>",))
