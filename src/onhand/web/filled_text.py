"""A filled plain text as HTML for the rich editor: paragraphs, lists, and its gaps marked."""

import re

from django.utils.html import escape

from onhand.knowledge.filling import GAP_BEGINS, GAP_ENDS

_BLANK = re.compile(r"\n\s*\n")
_ITEM = re.compile(r"(?:[-•]|\d{1,2}[.)])\s+")
_GAP = re.compile(f"{GAP_BEGINS}([^{GAP_BEGINS}{GAP_ENDS}]*){GAP_ENDS}")


def as_html(text: str) -> str:
    """Every block of lines as a paragraph, blocks of items as lists. Whatever the text holds is shown as it is, never read as HTML."""
    return "".join(_block(block) for block in _BLANK.split(text.strip()) if block.strip())


def _block(block: str) -> str:
    lines = [line.strip() for line in block.split("\n")]
    if all(_ITEM.match(line) for line in lines):
        kind = "ol" if lines[0][0].isdigit() else "ul"
        items = "".join(f"<li>{_inline(_ITEM.sub('', line, count=1))}</li>" for line in lines)
        return f"<{kind}>{items}</{kind}>"
    return f"<p>{'<br>'.join(_inline(line) for line in lines)}</p>"


def _inline(line: str) -> str:
    return _GAP.sub(rf"<mark data-gap>{GAP_BEGINS}\1{GAP_ENDS}</mark>", escape(line))
