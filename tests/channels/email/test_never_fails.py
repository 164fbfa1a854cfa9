"""Whatever the bytes: a mail is read, what is read can be stored and shown, and reading takes no longer than its length allows."""

import re
import time
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html

from onhand.channels.email.reading import ParsedMail, read_mail
from onhand.channels.email.reading.problems import SENTENCES
from tests.channels.email import growth
from tests.channels.email.corpus import all_examples
from tests.channels.email.corpus.builder import html, mail

BRIEF = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
SMALL = tuple(example.raw for example in all_examples() if len(example.raw) < 20_000)
FRAGMENTS = (
    "<script>", "</script>", "<style>", "</style>", "<svg>", "</svg>", "<math>", "<mtext>", "<mglyph>", "<noscript>", "</noscript>", "<!--", "-->",
    "--!>", "<![CDATA[", "]]>", "<p title='", "'>", '">', "<img src=x onerror=alert(1)>", "<a href='javascript:alert(1)'>", "<a href=", "jav\tascript:",
    "data:text/html,x", "<textarea>", "</textarea>", "<title>", "</title>", "<template>", "<select>", "<option>", "<table>", "<td>", "</table>", "<b>",
    "<form action=x>", "<input autofocus onfocus=a>", "<iframe srcdoc='", "<base href=x>", "<p style='background:url(x)'>", "position:fixed", "<xmp>",
    "<plaintext>", "<object data=x>", "<embed src=x>", "<font color=", "<blockquote type=cite>", "<div class=quoted-history>", "text", "&lt;script&gt;",
    "&#x3c;", "\x00", "\u2028", "<img srcset='http://x 1x' src='http://x'>", "<img src='cid:a'>", "<desc>", "<foreignObject>", "<annotation-xml>", "=",
    "<video onerror=a><source src=x>", "<details open ontoggle=a>", "/", "<frameset onload=a>", "<body onload=a>", "<isindex>", "<marquee onstart=a>",
)  # fmt: skip
SAFE_ADDRESS = re.compile(r"(?:https?:|mailto:|tel:)", re.IGNORECASE)
SAFE_SOURCE = re.compile(r"(?:cid:|data:image/(?:png|gif|jpe?g|webp|bmp);base64,)", re.IGNORECASE)
RUNS_OR_LOADS = {
    "script", "style", "link", "meta", "base", "iframe", "frame", "frameset", "object", "embed", "applet", "svg", "math", "form", "input", "button",
    "textarea", "select", "video", "audio", "source", "track", "template", "noscript", "portal", "dialog", "marquee", "xmp", "plaintext",
}  # fmt: skip


@BRIEF
@given(st.binary(max_size=3_000))
def test_any_bytes_are_read(raw: bytes) -> None:
    assert_sound(read_mail(raw))


@BRIEF
@given(st.sampled_from(SMALL), st.data())
def test_a_damaged_mail_is_read(raw: bytes, data: st.DataObject) -> None:
    cut = bytearray(raw)
    for _ in range(data.draw(st.integers(1, 5))):
        if not cut:
            break
        at = data.draw(st.integers(0, len(cut) - 1))
        match data.draw(st.sampled_from(("cut", "put", "double", "drop"))):
            case "cut":
                del cut[at:]
            case "put":
                cut[at:at] = data.draw(st.binary(min_size=1, max_size=10))
            case "double":
                cut[at:at] = cut[at : at + 200]
            case _:
                del cut[at : at + 50]
    parsed = read_mail(bytes(cut), own_domains=["shop.example"], trusted_authserv="mx.shop.example")
    assert "unreadable" not in parsed.problems
    assert_sound(parsed)


@BRIEF
@given(st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.text(max_size=8)), max_size=25))
def test_no_html_runs_or_loads(pieces: list[str]) -> None:
    assert_harmless(read_mail(mail(html("<p>Hi</p>" + "".join(pieces).replace("\ud800", "")))).html)


@pytest.mark.parametrize("example", [one for one in all_examples() if b"<" in one.raw], ids=lambda one: one.name)
def test_no_html_of_the_corpus_runs_or_loads(example: Any) -> None:
    assert_harmless(read_mail(example.raw).html)


@BRIEF
@given(st.sampled_from(SMALL))
def test_the_same_bytes_say_the_same(raw: bytes) -> None:
    assert read_mail(raw) == read_mail(raw)


@pytest.mark.parametrize(
    "place",
    ["text", "html", "report", "From", "To", "Subject", "References", "Content-Type", "Authentication-Results", "Date"],
)
def test_reading_takes_time_in_proportion(place: str) -> None:
    """
    Forty kilobytes of a seed repeated take some hundredths of a second where work grows with length, and several seconds where it
    grows with its square; what regular expressions do cannot be counted, so their time is.
    """
    slow = {}
    for seed in growth.SEEDS:
        content = seed * (40_000 // len(seed))
        make = {"text": growth.in_text, "html": growth.in_html, "report": growth.in_report}.get(place)
        raw = make(content) if make else growth.in_head(place, content)
        began = time.process_time()
        read_mail(raw, trusted_authserv="mx.shop.example", own_addresses=["service@shop.example"])
        if (taken := time.process_time() - began) > 5.0:
            slow[seed] = taken
    assert not slow


@pytest.mark.parametrize(
    "source",
    [
        "<p>" + "".join(f"<font size={n}>" for n in range(300)) + "</p>" + "<p>x</p>" * 2_000,
        "<p " + " ".join(f"a{n}=1" for n in range(100_000)) + ">Hi</p>",
        "<p " + "".join(f"a{n}='>' b{n} " for n in range(50_000)) + ">Hi</p>",
        "<p " + " ".join(f'a{n}="<x"' for n in range(50_000)) + ">Hi</p>",
        "<div>" * 100_000 + "Hi",
        "<table><tr><td>" * 50_000,
        "<p title='>' " + " ".join(f"a{n}" for n in range(100_000)) + ">Hi</p>",
    ],
    ids=[
        "marks left open",
        "attributes",
        "values with brackets",
        "values with opening brackets",
        "depth",
        "tables",
        "words after a bracket",
    ],
)
def test_html_made_to_grow_does_not(source: str) -> None:
    began = time.process_time()
    parsed = read_mail(mail(html(source)))
    assert time.process_time() - began < 15
    assert len(parsed.html) < 12 * len(source)


def assert_sound(value: Any) -> None:
    """Everything in it can be stored, and problems are known ones."""
    if isinstance(value, ParsedMail):
        assert set(value.problems) <= set(SENTENCES)
        assert re.fullmatch(r"<[^<>\s]{1,498}>", value.message_id)
        assert value.quoted_from is None or 0 < value.quoted_from < len(value.text)
        assert value.date is None or value.date.tzinfo is not None
        assert len(value.subject) <= 500
    if isinstance(value, str):
        assert not UNSTORABLE.search(value)
    elif isinstance(value, dict):
        for one in [*value, *value.values()]:
            assert_sound(one)
    elif isinstance(value, list | tuple):
        for one in value:
            assert_sound(one)
    elif is_dataclass(value):
        for field in fields(value):
            assert_sound(getattr(value, field.name))
    else:
        assert value is None or isinstance(value, bytes | int | float | bool | datetime)


def assert_harmless(source: str) -> None:
    """Nothing of it runs, fetches, submits, or leaves its place."""
    if not source:
        return
    for element in lxml_html.fragment_fromstring(source, create_parent="main").iter():
        assert isinstance(element.tag, str)
        assert element.tag not in RUNS_OR_LOADS
        for name, value in element.items():
            assert not name.startswith("on"), name
            assert name not in {
                "id",
                "name",
                "srcset",
                "action",
                "formaction",
                "background",
                "data",
                "srcdoc",
                "poster",
                "ping",
            }
            if name == "src":
                assert SAFE_SOURCE.match(value), value
            if name == "href":
                assert SAFE_ADDRESS.match(value.strip()), value
            if name == "class":
                assert value in {"quoted-history", ""}
            if name == "style":
                assert not re.search(
                    r"url|expression|position|@|\\|behavior|content|animation", value, re.IGNORECASE
                ), value
