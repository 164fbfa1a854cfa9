"""
A message as its sender designed it: the sanitised HTML as a page of its own, for a frame that runs nothing and belongs to nobody.

Pictures that came with the message are put into the page itself, as the frame may not ask us for anything; those elsewhere are
loaded only when the reader has asked for them, and are not told from where.
"""

from base64 import b64encode
from collections.abc import Mapping
from html import escape
from html.parser import HTMLParser
from urllib.parse import unquote

MOST_PICTURES = 6_000_000  # bytes of pictures put into one page
SAFE_PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
POLICY = (
    "default-src 'none'; img-src {pictures}; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)
_PAGE = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><base target="_blank"><title>{title}</title>
<style>
:root {{ color-scheme: light; background: #fff; color: #15201c; font: 14px/1.5 system-ui, sans-serif; }}
body {{ margin: 0; padding: 12px 16px; overflow-wrap: break-word; }}
img {{ max-width: 100%; height: auto; }}
img:not([src]) {{ display: inline-block; min-width: 24px; min-height: 16px; border: 1px dashed #9aa5a0; }}
table {{ max-width: 100%; }}
blockquote {{ margin: 0 0 0 8px; padding-left: 10px; border-left: 2px solid #c8d0cc; color: #41504a; }}
a {{ color: #08675c; }}
</style></head><body>{body}</body></html>
"""


def policy(*, with_remote_pictures: bool) -> str:
    """The content policy of the page: no script, no form, no frame, and pictures from elsewhere only when asked for."""
    return POLICY.format(pictures="data: https: http:" if with_remote_pictures else "data:")


def has_remote_pictures(html: str) -> bool:
    """Whether pictures of the message lie elsewhere and are blocked."""
    return "data-src=" in html


def designed_page(
    html: str, pictures: Mapping[str, tuple[str, bytes]], *, title: str, language: str, with_remote_pictures: bool
) -> str:
    """The page. `pictures`: those that came with the message, by content id: (media type, bytes)."""
    rewriter = _Pictures(pictures, with_remote_pictures=with_remote_pictures)
    rewriter.feed(html)
    rewriter.close()
    return _PAGE.format(language=escape(language or "und"), title=escape(title), body="".join(rewriter.written))


class _Pictures(HTMLParser):
    """Writes HTML out as it came, but for where its pictures are."""

    def __init__(self, pictures: Mapping[str, tuple[str, bytes]], *, with_remote_pictures: bool) -> None:
        super().__init__(convert_charrefs=False)
        self.pictures = pictures
        self.with_remote_pictures = with_remote_pictures
        self.written: list[str] = []
        self.room = MOST_PICTURES

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            self._picture(attrs)
        else:
            self.written.append(self.get_starttag_text() or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        self.written.append(f"</{tag}>")

    def write_words(self, data: str) -> None:
        """Words between tags, as they came."""
        self.written.append(data)

    handle_data = write_words

    def handle_entityref(self, name: str) -> None:
        self.written.append(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.written.append(f"&#{name};")

    def _picture(self, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        source, elsewhere = given.pop("src", ""), given.pop("data-src", "")
        if source.lower().startswith("cid:"):
            source = self._enclosed(unquote(source[4:]).strip("<>"))
        elif not source.lower().startswith("data:image/"):
            source = elsewhere if self.with_remote_pictures and elsewhere.startswith(("https:", "http:")) else ""
        shown = ({"src": source} if source else {}) | given
        written = " ".join(f'{name}="{escape(value)}"' for name, value in shown.items())
        self.written.append(f"<img {written}>")

    def _enclosed(self, content_id: str) -> str:
        media_type, content = self.pictures.get(content_id, ("", b""))
        if media_type not in SAFE_PICTURES or len(content) > self.room:
            return ""
        self.room -= len(content)
        return f"data:{media_type};base64,{b64encode(content).decode()}"
