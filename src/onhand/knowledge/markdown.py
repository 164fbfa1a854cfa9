"""Articles are written in Markdown. What comes out is sanitised however it came in: no raw HTML, no images from elsewhere, no script."""

from collections.abc import MutableMapping, Sequence
from functools import cache
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

_TAGS = {
    *("p", "br", "hr", "h2", "h3", "h4", "h5", "h6", "strong", "em", "s", "code", "pre", "blockquote"),
    *("ul", "ol", "li", "a", "table", "thead", "tbody", "tr", "th", "td"),
}
_SCHEMES = {"https", "http", "mailto", "tel"}
_BLOCKS = {"paragraph_close", "heading_close", "blockquote_close", "bullet_list_close", "ordered_list_close", "hr"}


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable(["table", "strikethrough"])
    parser.add_render_rule("image", _alternative_text)
    return parser


def _alternative_text(
    _self: RendererHTML, tokens: Sequence[Token], place: int, _options: Any, _given: MutableMapping[str, Any]
) -> str:
    return escapeHtml(tokens[place].content)


def render(markdown: str) -> str:
    """Markdown as safe HTML. Its highest headings are `h2`: the page's own title is above them."""
    tokens = _parser().parse(markdown)
    _lower_headings(tokens)
    html = str(_parser().renderer.render(tokens, _parser().options, {}))
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes={"a": {"href", "title"}, "ol": {"start"}},
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer",
    )


def _lower_headings(tokens: Sequence[Token]) -> None:
    """Headings begin at h2 and skip no level, whatever the author's numbers of signs."""
    open_ones: list[int] = []
    for token in tokens:
        if token.type == "heading_open":
            level = int(token.tag[1])
            while open_ones and open_ones[-1] >= level:
                open_ones.pop()
            open_ones.append(level)
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(len(open_ones) + 1, 6)}"


def plain_text(markdown: str) -> str:
    """Markdown as plain text, for searching and for pasting into a message: lists keep their signs, links their address."""
    lines: list[str] = []
    lists: list[int | None] = []  # the next number of each open list; None where it has none
    item = ""
    for token in _parser().parse(markdown):
        if token.type in ("bullet_list_open", "ordered_list_open"):
            lists.append(int(token.attrGet("start") or 1) if token.type == "ordered_list_open" else None)
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            lists.pop()
            item = item if lists else ""
        elif token.type == "list_item_open":
            item = _sign(lists)
        elif token.type == "inline":
            lines.append(item + _inline(token.children or []))
            item = " " * len(item)
        elif token.type in ("fence", "code_block"):
            lines.append(token.content.rstrip("\n"))
        ends = (token.type in _BLOCKS and not lists) or token.type in ("fence", "code_block", "table_close")
        if ends and lines and lines[-1]:
            lines.append("")
    return "\n".join(lines).strip()


def _sign(lists: list[int | None]) -> str:
    number = lists[-1] if lists else None
    indent = "   " * (len(lists) - 1)
    if number is None:
        return f"{indent}- "
    lists[-1] = number + 1
    return f"{indent}{number}. "


def _inline(children: Sequence[Token]) -> str:
    said, address, shown = "", "", ""
    for token in children:
        if token.type == "link_open":
            address, shown = str(token.attrGet("href") or ""), ""
        elif token.type == "link_close":
            if address and address not in (shown, f"mailto:{shown}"):
                said += f" ({address})"
            address = ""
        elif token.type in ("softbreak", "hardbreak"):
            said += "\n"
        else:
            said += token.content
            shown += token.content
    return said
