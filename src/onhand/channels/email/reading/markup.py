"""HTML made safe to show, and the text it says."""

import html
import re
from dataclasses import dataclass

import nh3
from inscriptis.html_engine import Inscriptis
from inscriptis.model.config import ParserConfig
from lxml import etree
from lxml import html as lxml_html
from lxml.html import HtmlElement

from onhand.channels.email.reading import history
from onhand.channels.email.reading.overload import is_overloaded
from onhand.channels.email.reading.plain import plain

LONGEST = 1_500_000  # characters of HTML; what is longer is cut, the raw mail has it whole

_TAGS = {
    "a", "abbr", "address", "article", "aside", "b", "bdi", "bdo", "big", "blockquote", "br", "caption", "center", "cite", "code", "col",
    "colgroup", "dd", "del", "details", "dfn", "div", "dl", "dt", "em", "figcaption", "figure", "font", "footer", "h1", "h2", "h3", "h4",
    "h5", "h6", "header", "hr", "i", "img", "ins", "kbd", "li", "main", "mark", "nav", "ol", "p", "pre", "q", "rp", "rt", "ruby", "s",
    "samp", "section", "small", "span", "strike", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead",
    "time", "tr", "tt", "u", "ul", "var", "wbr",
}  # fmt: skip
_GONE_WITH_CONTENT = {
    "script", "style", "title", "noscript", "template", "iframe", "object", "embed", "applet", "svg", "math", "textarea", "select",
    "audio", "video", "canvas", "xml", "noembed", "noframes", "frameset",
}  # fmt: skip
_ATTRIBUTES = {
    "*": {"dir", "lang", "title", "style"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "font": {"color", "size", "face"},
    "table": {"border", "cellpadding", "cellspacing", "width", "align", "bgcolor"},
    "td": {"align", "valign", "bgcolor", "colspan", "rowspan", "width"},
    "th": {"align", "valign", "bgcolor", "colspan", "rowspan", "width", "scope"},
    "tr": {"align", "valign", "bgcolor"},
    "p": {"align"},
    "div": {"align"},
    "col": {"span", "width"},
    "colgroup": {"span", "width"},
    "ol": {"start", "type"},
    "li": {"value"},
    "time": {"datetime"},
}
# What customers say by form ("my answers in red"); nothing that moves, hides or fetches.
_STYLES = {"color", "background-color", "font-weight", "font-style", "text-decoration", "text-align", "vertical-align"}
_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    clean_content_tags=_GONE_WITH_CONTENT,
    attributes=_ATTRIBUTES,
    allowed_classes={"div": {history.WRAPPER}},
    set_tag_attribute_values={"a": {"target": "_blank"}},
    filter_style_properties=_STYLES,
    url_schemes={"http", "https", "mailto", "tel", "cid", "data"},
    url_relative="deny",
    link_rel="noopener noreferrer",
    strip_comments=True,
)
# The cleaner writes every tag in this one form, so that its tags can be told without reading HTML again.
_TAG = re.compile(r'<(a|img)((?:\s[^\s=>"]+(?:="[^"]*")?)*)\s*/?>|<[^\s>]+(?:\s[^\s=>"]+(?:="[^"]*")?)*\s*/?>')
_SOURCE = re.compile(r'\s(src|href)="([^"]*)"')
_SAFE_DATA = re.compile(r"data:image/(?:png|gif|jpe?g|webp|bmp);base64,[A-Za-z0-9+/=\s%]*$", re.IGNORECASE)
_EVERYWHERE = _ATTRIBUTES["*"]
# Marks that browsers open again in every paragraph that follows where they were left open.
_MARKS = frozenset({"a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"})
_MOST_MARKS = 8
_MARK = "\ue0f0"  # private use: stands where history begins while the text is made
_EMPTY_LINES = re.compile(r"\n{3,}")
_LINE_END_BLANKS = re.compile(r"[ \t\xa0]+(?=\n|$)")
_DEEPEST, _DEEPEST_LAID_OUT = 240, 150  # the parser itself cuts at 256; laying out the text recurses
_PARSER_CONFIG = ParserConfig(display_links=False, display_images=False)
_WITH_CONTENT_GONE = re.compile(r"<(script|style|title)\b.*?(?:</\1|\Z)", re.IGNORECASE | re.DOTALL)
_PADDING = re.compile(r" {12,}")


@dataclass(frozen=True, slots=True)
class Shown:
    """Sanitised HTML, and the tree it was made of for the text."""

    html: str
    tree: HtmlElement | None
    source: str = ""  # of what no tree could be made of


def sanitise(source: str, *, is_forwarding: bool = False) -> Shown:
    """
    HTML without anything that runs, fetches, hides or submits; history wrapped (see `history`).

    The tree is made and thinned out first, so that what the cleaner gets is well-formed and no larger than what came: browsers'
    rules for tags left open can make millions of elements of a few thousand. What no tree can be made of is shown as text alone.
    """
    source = plain(source).replace(_MARK, "")
    tree = None if is_overloaded(source) else parsed(source)
    if tree is None:
        return Shown("", None, source)
    history.wrap(tree, is_forwarding=is_forwarding)
    _thin_out(tree)
    safe = _CLEANER.clean(lxml_html.tostring(tree, encoding="unicode"))
    return Shown(_TAG.sub(_blocked, safe).strip(), tree)


def _thin_out(tree: HtmlElement) -> None:
    """Takes out what is not shown, attributes that are not kept, and marks such as bold nested beyond reason."""
    etree.strip_tags(tree, "embed")  # has no content; the parser puts what follows it in
    etree.strip_elements(tree, *_GONE_WITH_CONTENT, with_tail=False)
    for element in [*tree.iter(etree.Element)]:
        if element.attrib:
            kept = _ATTRIBUTES.get(str(element.tag), set())
            for name in element.keys():  # noqa: SIM118  (not a mapping)
                if (
                    name not in kept
                    and name not in _EVERYWHERE
                    and not (name == "class" and element.get("class") == history.WRAPPER)
                ):
                    del element.attrib[name]
        if element.tag in _MARKS and sum(above.tag in _MARKS for above in element.iterancestors()) >= _MOST_MARKS:
            element.drop_tag()


def _blocked(tag: re.Match[str]) -> str:
    """The tag with its image taken out of reach, where it is outside, or its address taken off, where it is not to be trusted."""
    if tag[1] is None:
        return tag[0]
    return _SOURCE.sub(_blocked_source if tag[1] == "img" else _checked_link, tag[0])


def _blocked_source(source: re.Match[str]) -> str:
    address = source[2].strip().lower()
    if address.startswith("cid:"):
        return source[0]
    if address.startswith("data:"):
        return source[0] if _SAFE_DATA.match(address) else ""
    return f' data-src="{source[2]}"' if address.startswith(("http:", "https:")) else ""


def _checked_link(source: re.Match[str]) -> str:
    return source[0] if source[2].strip().lower().startswith(("http:", "https:", "mailto:", "tel:")) else ""


def parsed(source: str) -> HtmlElement | None:
    """The tree of the HTML, None where there is none or nothing sensible can be made of it."""
    if not source.strip():
        return None
    try:
        parser = lxml_html.HTMLParser(encoding="utf-8", huge_tree=False, remove_comments=True, remove_pis=True)
        tree = lxml_html.document_fromstring(source.encode("utf-8", "ignore"), parser=parser)
    except (etree.LxmlError, ValueError, AssertionError):
        return None
    return tree if _depth(tree) <= _DEEPEST else None


def _depth(tree: HtmlElement) -> int:
    deepest = depth = 0
    for event, _element in etree.iterwalk(tree, events=("start", "end")):
        depth += 1 if event == "start" else -1
        deepest = max(deepest, depth)
        if deepest > _DEEPEST:
            break
    return deepest


def text_of(shown: Shown) -> tuple[str, int | None]:
    """The text, tables laid out, and where its history begins (None if there is none)."""
    if shown.tree is None:
        return _roughly(_WITH_CONTENT_GONE.sub("", shown.source)), None
    if _depth(shown.tree) > _DEEPEST_LAID_OUT:
        return _roughly(shown.html), None
    wrapper = shown.tree.find(f".//div[@class='{history.WRAPPER}']")
    if wrapper is not None:
        wrapper.text = _MARK + (wrapper.text or "")
    try:
        text = Inscriptis(shown.tree, _PARSER_CONFIG).get_text()
    except (
        RecursionError,
        IndexError,
        ValueError,
        AttributeError,
        KeyError,
        TypeError,
    ):  # seen with tables in disorder
        return _roughly(shown.html), None
    text = _tidied(plain(text))
    place = text.find(_MARK)
    if place < 0:
        return text, None
    text = text.replace(_MARK, "")
    return text, (place if text[:place].strip() and text[place:].strip() else None)


def _tidied(text: str) -> str:
    text = _LINE_END_BLANKS.sub("", _PADDING.sub("    ", text))
    return _EMPTY_LINES.sub("\n\n", text).strip("\n")


def _roughly(safe: str) -> str:
    """The text of sanitised HTML where its tables cannot be laid out."""
    broken = re.sub(r"<(?:br|/p|/div|/tr|/li|/h\d)[^<>]*>", "\n", safe)
    return _tidied(plain(html.unescape(re.sub(r"<[^<>]*>", "", broken))))
