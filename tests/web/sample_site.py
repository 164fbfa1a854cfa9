"""The templates with sample data behind a small server, to look at them and to drive the islands without the product."""

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from onhand.web.templating import MANIFEST, UnknownName
from tests.web import sample_data

BUILT = MANIFEST.parent
TEMPLATES = BUILT.parent.parent / "templates"
POLICY = "default-src 'self'; frame-ancestors 'none'; form-action 'self'; base-uri 'none'"
PATHS = {
    "live": "/live",
    "desk:home": "/desk/",
    "desk:palette": "/desk/palette",
    "desk:preferences": "/desk/preferences",
    "desk:customers": "/desk/customers",
    "desk:keys": "/desk/keys",
    "account_logout": "/account/logout",
}


def environment(gettext: Any = None, ngettext: Any = None) -> Environment:
    made = Environment(
        loader=FileSystemLoader([TEMPLATES, TEMPLATES.parent]),  # the second for the panels' own folders
        autoescape=True,
        undefined=UnknownName,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.install_gettext_callables(  # type: ignore[attr-defined]
        gettext or (lambda words: words),
        ngettext or (lambda one, many, count: one if count == 1 else many),
        newstyle=True,
    )
    made.globals.update(
        url=lambda name, *parts: PATHS.get(name, "/" + name.replace(":", "/")) + "/".join(map(str, parts)),
        static=lambda name: f"/static/dist/{json.loads(MANIFEST.read_text())[name]}",
    )
    made.filters["datetime"] = lambda at: at.strftime("%d %B %Y %H:%M")
    made.filters["exact"] = made.filters["datetime"]
    return made


@dataclass
class Site:
    """What the browser sent, and what it is answered."""

    templates: Environment = field(default_factory=environment)
    look: dict[str, Any] = field(default_factory=dict)
    drafts: dict[str, str] = field(default_factory=dict)
    sent: list[tuple[str, str, dict[str, list[str]]]] = field(default_factory=list)
    streams: list[str] = field(default_factory=list)
    hints: list[str] = field(default_factory=list)
    hinted: threading.Condition = field(default_factory=threading.Condition)
    headline: str = "Address changed"
    answer_act: str = "done"
    live_up: bool = True

    def hint(self, *topics: str) -> None:
        with self.hinted:
            self.hints.append(json.dumps(topics))
            self.hinted.notify_all()

    def render(self, template: str, **context: Any) -> bytes:
        page = {**sample_data.shell(), **context, **self.look, "csrf_token": "token", "csrf_input": CSRF}
        return self.templates.get_template(template).render(page).encode()


CSRF = Markup('<input type="hidden" name="csrfmiddlewaretoken" value="token">')


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    site: Site

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def answer(self, body: bytes, kind: str = "text/html; charset=utf-8", status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", POLICY)
        self.end_headers()
        self.wfile.write(body)

    def say(self, value: Any) -> None:
        self.answer(json.dumps(value).encode(), "application/json")

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        path = parts.path
        if path.startswith("/static/dist/"):
            file = BUILT / path.rsplit("/", 1)[1]
            kinds = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
            self.answer(file.read_bytes(), kinds.get(file.suffix, "application/json"))
        elif path == "/live":
            self.stream(query.get("topics", ""))
        elif path == "/desk/palette":
            self.say(sample_data.palette(query.get("q", "")))
        elif path.startswith("/desk/references/"):
            self.say(sample_data.suggestions(query.get("q", "")))
        elif path.startswith("/desk/drafts/"):
            kept = self.site.drafts.get(unquote(path.rsplit("/", 1)[1]))
            self.say({"text": kept, "at": "2026-11-21T14:02:00Z"} if kept else {"text": ""})
        else:
            self.page(path, query)

    def page(self, path: str, query: dict[str, str]) -> None:
        found = sample_data.page(path, query, self.site)
        if found is None:
            self.answer(self.site.render("errors/404.html", user=None), status=404)
        else:
            template, context = found
            self.answer(self.site.render(template, **context))

    def stream(self, topics: str) -> None:
        if not self.site.live_up:
            self.answer(b"", status=503)
            return
        self.site.streams.append(topics)
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        seen = len(self.site.hints)
        try:
            self.wfile.write(b": open\n\n")
            while self.site.live_up:
                with self.site.hinted:
                    self.site.hinted.wait(0.2)
                    fresh, seen = self.site.hints[seen:], len(self.site.hints)
                for one in fresh:
                    self.wfile.write(f"event: hint\ndata: {one}\n\n".encode())
                self.wfile.write(b": still\n\n")
        except OSError:
            pass
        self.close_connection = True

    def body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def do_PUT(self) -> None:
        key = unquote(self.path.rsplit("/", 1)[1])
        self.site.drafts[key] = json.loads(self.body())["text"]
        self.site.sent.append(("PUT", self.headers.get("X-CSRFToken", ""), {"key": [key]}))
        self.say({})

    def do_POST(self) -> None:
        raw = self.body()
        given = parse_qs(raw.decode()) if b"form-data" not in raw[:200] else {}
        self.site.sent.append((self.path, self.headers.get("X-CSRFToken", ""), given))
        if self.path.endswith("/preview"):
            values = {name: value[0] for name, value in given.items()}
            self.answer(self.site.render("desk/act_preview.html", preview=sample_data.preview(values)))
        elif "/acts/customers.add_note" in self.path:
            done = {"topics": ["customer:12"], "draft_key": "note:12"}
            self.answer(self.site.render("desk/note_done.html", done=done, errors={}, idempotency_key="next-key"))
        elif "/acts/" in self.path:
            template, context, status = sample_data.act_answer(self.site.answer_act, given)
            self.answer(self.site.render(template, **context), status=status)
        else:
            self.say({})


def serve(site: Site) -> tuple[ThreadingHTTPServer, str]:
    """A running server on a free port of this machine; the caller shuts it down."""
    handler = type("SampleHandler", (Handler,), {"site": site})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, f"http://localhost:{server.server_address[1]}"
