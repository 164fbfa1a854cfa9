"""What a representative writes, made fit to be stored and sent: HTML without anything that runs or fetches, and the text it says."""

import re
from html.parser import HTMLParser

import nh3

from onhand.kernel.card_numbers import mask_card_numbers

LONGEST_HTML = 400_000
_TAGS = {
    *(
        "a",
        "b",
        "blockquote",
        "br",
        "code",
        "div",
        "em",
        "h1",
        "h2",
        "h3",
        "hr",
        "i",
        "img",
        "li",
        "ol",
        "p",
        "pre",
        "s",
    ),
    *("span", "strong", "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "u", "ul"),
}
_ATTRIBUTES = {
    "*": {"dir", "lang", "style"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
    "ol": {"start"},
}
_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    attributes=_ATTRIBUTES,
    clean_content_tags={"script", "style", "title", "iframe", "object", "svg", "math", "textarea", "template"},
    filter_style_properties={"color", "background-color", "font-weight", "font-style", "text-decoration", "text-align"},
    url_schemes={"http", "https", "mailto", "tel", "cid"},
    url_relative="deny",
    link_rel="noopener noreferrer",
    strip_comments=True,
)
_BLOCKS = frozenset({"p", "div", "h1", "h2", "h3", "blockquote", "pre", "table", "ul", "ol", "tr", "hr"})
_EMPTY_LINES = re.compile(r"\n{3,}")
_BETWEEN_TAGS = re.compile(r">([^<]+)<")


def clean_html(source: str) -> str:
    """HTML as it may be stored and sent; empty where it says and shows nothing."""
    safe = _CLEANER.clean(source[:LONGEST_HTML].replace("\x00", ""))
    masked = _BETWEEN_TAGS.sub(lambda found: f">{mask_card_numbers(found[1])}<", f">{safe}<")[1:-1].strip()
    return masked if text_of(masked) or "<img" in masked else ""


def clean_written(text: str) -> str:
    """Plain text as it may be stored and sent."""
    return mask_card_numbers(text)


def text_of(html: str) -> str:
    """What HTML of ours says, as plain text: lists with their marks, links with their address."""
    reader = _Text()
    reader.feed(html)
    reader.close()
    lines = (" ".join(line.split(" ")).rstrip() for line in "".join(reader.parts).split("\n"))
    return _EMPTY_LINES.sub("\n\n", "\n".join(lines)).strip()


class _Text(HTMLParser):
    """Gathers the text of sanitised HTML."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.lists: list[int | None] = []
        self.links: list[tuple[str, int]] = []
        self.in_pre = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "br":
            self.parts.append("\n")
        elif tag in _BLOCKS:
            self._break(2 if tag in ("p", "h1", "h2", "h3", "blockquote", "table") else 1)
        if tag in ("ul", "ol"):
            self.lists.append(None if tag == "ul" else 1)
        elif tag == "li":
            self._item()
        elif tag == "a":
            self.links.append((given.get("href") or "", len(self.parts)))
        elif tag in ("td", "th"):
            self.parts.append("  ")
        self.in_pre += tag == "pre"

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self._break(2 if tag in ("p", "h1", "h2", "h3", "ul", "ol", "table") else 1)
        if tag in ("ul", "ol") and self.lists:
            self.lists.pop()
        elif tag == "a" and self.links:
            self._end_link(*self.links.pop())
        self.in_pre -= tag == "pre" and self.in_pre > 0

    def _say(self, data: str) -> None:
        if self.in_pre:
            self.parts.append(data)
            return
        said = re.sub(r"\s+", " ", data.replace("\xa0", " "))
        if said == " " and (not self.parts or self.parts[-1].endswith(("\n", " "))):
            return
        self.parts.append(said.lstrip(" ") if not self.parts or self.parts[-1].endswith("\n") else said)

    handle_data = _say

    def _break(self, lines: int) -> None:
        said = "".join(self.parts[-3:])
        if said:
            self.parts.append("\n" * max(0, lines - (len(said) - len(said.rstrip("\n")))))

    def _item(self) -> None:
        self._break(1)
        number = self.lists[-1] if self.lists else None
        indent = "  " * max(0, len(self.lists) - 1)
        self.parts.append(f"{indent}- " if number is None else f"{indent}{number}. ")
        if number is not None:
            self.lists[-1] = number + 1

    def _end_link(self, address: str, begun: int) -> None:
        said = "".join(self.parts[begun:]).strip()
        bare = address.removeprefix("mailto:").removeprefix("tel:")
        if bare and bare not in (said, f"{said}/") and said != bare.partition("://")[2]:
            self.parts.append(f" ({bare})")
