"""Markdown: what people write comes out, what could harm does not."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onhand.knowledge.markdown import plain_text, render


def test_it_renders_what_articles_need() -> None:
    html = render(
        "# One\n\n### Deep\n\n# Two\n\n- a\n- **b**\n\n| x | y |\n|---|---|\n| 1 | 2 |\n\n[site](https://example.com) `code` ~~no~~"
    )
    assert re.findall(r"<(h\d)>", html) == ["h2", "h3", "h2"]
    assert '<a href="https://example.com" rel="noopener noreferrer">site</a>' in html
    for tag in ("<ul>", "<strong>b</strong>", "<table>", "<td>2</td>", "<code>", "<s>no</s>"):
        assert tag in html


HARMFUL = [
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "[x](javascript:alert(1))",
    "[x](data:text/html;base64,AAAA)",
    "[x](vbscript:x)",
    "![pixel](https://spy.example/x.png)",
    '<a href="https://x" onclick="y">z</a>',
    "<iframe src=//x></iframe>",
    '<style>*{color:red}</style><p style="x">y</p>',
    "<javascript:alert(1)>",
]


@pytest.mark.parametrize("text", HARMFUL)
def test_nothing_harmful_comes_out(text: str) -> None:
    html = render(f"before\n\n{text}\n\nafter")
    assert "before" in html and "after" in html
    assert not re.search(r"<(script|img|iframe|style)|<[^>]*\s(on\w+|style)=|href=\"(?!https?:|mailto:|tel:)", html), (
        html
    )
    assert "spy.example" not in html


@given(
    st.one_of(
        st.text(max_size=300),
        st.lists(st.sampled_from([*HARMFUL, "# ", "- ", "> ", "```\n", "\n\n", "<", "`"])).map("".join),
    )
)
def test_any_text_is_rendered_and_safe(text: str) -> None:
    html = render(text)
    assert not re.search(r"<(script|img|iframe|style|object|form)\b|<[^>]*\son\w+\s*=", html)
    plain_text(text)


def test_plain_text_can_be_pasted_into_a_message() -> None:
    text = plain_text(
        "# Returns\n\nSend it **back**, see [our page](https://example.com/r).\n\n"
        "1. Print\n2. Pack\n   - well\n\n> Keep it.\n\n```\nx = 1\n```\n\nEnd"
    )
    assert text == (
        "Returns\n\nSend it back, see our page (https://example.com/r).\n\n"
        "1. Print\n2. Pack\n   - well\n\nKeep it.\n\nx = 1\n\nEnd"
    )
