"""A real Chromium on the sample site. Console errors, page errors and refused content fail the test that caused them."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.web.sample_site import BUILT, Site, serve

CHROMIUM = "/usr/bin/chromium"
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 15_000  # milliseconds a browser waits for what is there at once on a machine that is not busy
expect.set_options(timeout=PATIENCE)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "expects_errors: Chromium's console may say an error; it notes every 4xx answer")


@pytest.fixture(scope="session")
def sample_browser() -> Iterator[Browser]:
    if not (BUILT / "manifest.json").exists():
        pytest.fail("The front end is not built.")
    with sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield browser
        browser.close()


@pytest.fixture
def sample_site() -> Site:
    return Site()


@pytest.fixture
def sample_address(sample_site: Site) -> Iterator[str]:
    server, address = serve(sample_site)
    yield address
    server.shutdown()
    server.server_close()


@pytest.fixture
def sample_context(sample_browser: Browser, sample_address: str) -> Iterator[BrowserContext]:
    context = sample_browser.new_context(
        base_url=sample_address, viewport={"width": 1280, "height": 800}, locale="en-GB"
    )
    context.set_default_timeout(PATIENCE)
    yield context
    context.close()


@pytest.fixture
def sample_page(sample_context: BrowserContext, request: pytest.FixtureRequest) -> Iterator[Page]:
    page = sample_context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    yield page
    if request.node.get_closest_marker("expects_errors") is None:
        assert wrong == []
