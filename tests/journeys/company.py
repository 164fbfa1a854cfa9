"""The whole web application in a thread, and people who sit at its desk in real browsers."""

import asyncio
import contextlib
import re
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import uvicorn
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

CHROMIUM = Path("/usr/bin/chromium")
SWITCHES = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
]
PASSWORD = "kettle-lamp-river-42"
PATIENCE = 15_000  # milliseconds a browser waits for what is there at once on a machine that is not busy


@contextlib.contextmanager
def web_running() -> Iterator[str]:
    """The address of the running application."""
    from onhand.config.asgi import application

    class Server(uvicorn.Server):
        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            await application.leave()
            await super().shutdown(sockets)

    door = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(application, lifespan="on", log_config=None, ws="none", timeout_graceful_shutdown=3)
    server = Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[door])), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{door.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


class Person:
    """Somebody at a browser. Everything the browser complains about is kept in `wrong`."""

    def __init__(self, browser: Browser, address: str, *, width: int = 1280, scheme: str = "light") -> None:
        self.wrong: list[str] = []
        self.context: BrowserContext = browser.new_context(
            base_url=address,
            viewport={"width": width, "height": 860},
            color_scheme=scheme,  # type: ignore[arg-type]
            locale="en-GB",
            reduced_motion="reduce",
        )
        self.context.set_default_timeout(PATIENCE)
        self.context.add_init_script(
            "addEventListener('securitypolicyviolation', (e) => console.error('refused: ' + e.violatedDirective + ' ' + e.blockedURI))"
        )
        self.page: Page = self.open_tab()

    def open_tab(self) -> Page:
        """One more tab of the same browser."""
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.wrong.append(f"{page.url}: {error}"))
        page.on("console", lambda said: self._note(page, said))
        return page

    def _note(self, page: Page, said: ConsoleMessage) -> None:
        # Browsers call it an error when a form comes back with something to correct (422) or overtaken (409).
        is_answer = re.search(r"status of (409|422)", said.text)
        # A request that was under way when its page was left; what the network refuses is said in other words.
        was_left = re.search(r"htmx:(afterRequest|sendError|sendAbort)", said.text)
        if said.type == "error" and not is_answer and not was_left:
            self.wrong.append(f"{page.url}: {said.text}")

    def sign_in(self, role: str) -> "Person":
        """Sign in as somebody of the demo company."""
        self.page.goto("/account/login/")
        self.page.get_by_label(re.compile("e-?mail", re.IGNORECASE)).first.fill(f"{role}@demo.example")
        self.page.locator("input[type=password]").fill(PASSWORD)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url("**/desk/")
        return self

    def is_live(self) -> None:
        """Wait until the page hears of changes."""
        self.page.wait_for_selector(".live-state[data-state=on]", state="attached")
