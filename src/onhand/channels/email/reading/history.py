"""Where HTML begins to repeat earlier mails: the marks that mail programs leave around what they quote."""

import re

from lxml import html as lxml_html
from lxml.html import HtmlElement

from onhand.channels.email.reading import quotes

WRAPPER = "quoted-history"

_CLASSES = re.compile(
    r"(?:^|\s)(?:gmail_quote(?:_container)?|gmail_extra|yahoo_quoted|protonmail_quote|tutanota_quote|zmail_extra|moz-cite-prefix|moz-forward-container"
    r"|zoho_quote|WordSection1__quote|freshdesk_quote|mail-quote-collapse|front-blockquote|ms-outlook-mobile-reference-message|mobile_quote)(?:\s|$)"
)
_IDS = re.compile(
    r"^(?:x_)*(?:divRplyFwdMsg|appendonsend|OLK_SRC_BODY_SECTION|mail-editor-reference-message-container|ms-outlook-mobile-body-separator-line|replySplit|yahoo_quoted.*"
    r"|reply-intro|isReplyContent)$"
)
_OUTLOOK_RULE = re.compile(
    r"border:\s*none;\s*border-top:\s*solid\s+#?(?:E1E1E1|B5C4DF|B5D4DF|windowtext)", re.IGNORECASE
)
_INLINE_ONLY = re.compile(r"gmail_attr|moz-cite-prefix")
_MOST_LOOKED_AT = 20_000


def wrap(tree: HtmlElement, *, is_forwarding: bool) -> HtmlElement | None:
    """
    Puts what repeats earlier mails into `<div class="quoted-history">` and answers with it, or None where nothing is repeated,
    the repetition is all there is, or answers stand under it.
    """
    for forged in tree.iterfind(f".//*[@class='{WRAPPER}']"):
        forged.attrib.pop("class")
    if is_forwarding:
        return None
    start = _start(tree)
    if start is None or start is tree:
        return None
    start = _with_attribution(_topmost(start, tree))
    parent = start.getparent()
    if parent is None or not _has_content_before(start, tree) or _has_content_after(start, tree):
        return None
    wrapper = lxml_html.Element("div")
    wrapper.set("class", WRAPPER)
    parent.insert(parent.index(start), wrapper)
    before = wrapper
    for sibling in [start, *start.itersiblings()]:
        before.append(sibling)
    return wrapper


def _start(tree: HtmlElement) -> HtmlElement | None:
    for count, element in enumerate(tree.iter()):
        if count > _MOST_LOOKED_AT:
            return None
        if not isinstance(element.tag, str):
            continue
        found = _mark(element)
        if found is not None:
            return found
    return None


def _mark(element: HtmlElement) -> HtmlElement | None:
    name = element.get("class") or ""
    if name and _CLASSES.search(name) and not _is_forwarded(element):
        return element
    identity = element.get("id") or ""
    if identity and _IDS.match(identity):
        return element
    if element.tag == "blockquote" and (
        element.get("type") == "cite" or element.get("cite") is not None or _is_quote(element)
    ):
        return element
    if element.tag == "div" and _OUTLOOK_RULE.search(element.get("style") or "") and _copies_a_head(element):
        return element
    if element.tag == "hr" and _copies_a_head_after(element):
        return element
    return None


def _is_quote(element: HtmlElement) -> bool:
    style = (element.get("style") or "").replace(" ", "").lower()
    return "border-left" in style


def _is_forwarded(element: HtmlElement) -> bool:
    return quotes.is_forwarded_mark(_text(element, 200).strip())


def _copies_a_head(element: HtmlElement) -> bool:
    return quotes.has_head(_text(element, 1500))


def _copies_a_head_after(rule: HtmlElement) -> bool:
    following = rule.getnext()
    text = (rule.tail or "") + (_text(following, 1500) if following is not None else "")
    return quotes.has_head(text.lstrip())


def _text(element: HtmlElement, most: int) -> str:
    """Its text, a new line before each block and break; as much as is needed to judge it."""
    pieces: list[str] = []
    length = 0
    for part in element.iter():
        if isinstance(part.tag, str):
            if part.tag in ("div", "p", "br", "tr", "li"):
                pieces.append("\n")
            pieces.append(part.text or "")
        if part is not element:
            pieces.append(part.tail or "")
        length += len(pieces[-1])
        if length > most:
            break
    return re.sub(r"[ \t\r]*\n[ \t\r]*(?=\S)", "\n", "".join(pieces))


def _topmost(start: HtmlElement, tree: HtmlElement) -> HtmlElement:
    """The outermost element that begins with `start`: what follows it, and not only it, is history."""
    while (
        (parent := start.getparent()) is not None
        and parent is not tree
        and parent.tag not in ("body", "html", "td", "tr", "tbody", "table")
    ):
        before = start.getprevious()
        if before is not None or (parent.text or "").strip():
            break
        start = parent
    return start


def _with_attribution(start: HtmlElement) -> HtmlElement:
    """The line "On … wrote:" before a quotation belongs to it."""
    before = start.getprevious()
    steps = 0
    while before is not None and steps < 4:
        if isinstance(before.tag, str) and (text := _text(before, 600).strip()):
            return before if len(text) < 500 and quotes.is_attribution(text) else start
        if (before.tail or "").strip():
            return start
        before = before.getprevious()
        steps += 1
    return start


def _has_content_before(start: HtmlElement, tree: HtmlElement) -> bool:
    element: HtmlElement | None = start
    while element is not None and element is not tree:
        before = element.getprevious()
        while before is not None:
            if (before.tail or "").strip("\xa0 \t\r\n") or _says_something(before):
                return True
            before = before.getprevious()
        element = element.getparent()
        if element is not None and (element.text or "").strip("\xa0 \t\r\n"):
            return True
    return False


def _has_content_after(start: HtmlElement, tree: HtmlElement) -> bool:
    """For a quotation marked as a whole: whether something was written under it."""
    if start.tag != "blockquote" and "gmail_quote" not in (start.get("class") or ""):
        return False
    if (start.tail or "").strip("\xa0 \t\r\n"):
        return True
    element: HtmlElement | None = start
    while element is not None and element is not tree:
        for after in element.itersiblings():
            if _says_something(after) and not _is_more_history(after):
                return True
        element = element.getparent()
        if element is not None and element is not tree and (element.tail or "").strip("\xa0 \t\r\n"):
            return True
    return False


def _is_more_history(element: HtmlElement) -> bool:
    text = _text(element, 200).strip()
    return (
        element.tag == "blockquote"
        or _INLINE_ONLY.search(element.get("class") or "") is not None
        or text.startswith(("-- ", "--\n"))
    )


def _says_something(element: HtmlElement) -> bool:
    if not isinstance(element.tag, str) or element.tag in ("style", "head", "title", "meta", "script"):
        return False
    return element.tag == "img" or any(text.strip("\xa0 \t\r\n") for text in element.itertext(with_tail=False))
