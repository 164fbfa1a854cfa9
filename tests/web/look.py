"""Takes pictures of every sample page: `python -m tests.web.look FOLDER [name …]`. Needs Chromium and a built front end."""

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.web.sample_site import Site, serve

CHROMIUM = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
PAGES = {
    "customer": "/desk/customers/12",
    "act": "/desk/customers/12/with-act",
    "customers": "/desk/customers",
    "nobody": "/desk/customers?q=xyz",
    "home": "/desk/",
    "keys": "/desk/keys",
    "roles": "/settings/roles",
    "role": "/settings/role",
    "form": "/settings/form",
    "table": "/settings/table",
    "login": "/account/login",
    "error": "/error",
}
SIZES = {"1440": (1440, 900), "1280": (1280, 800), "1024": (1024, 768), "390": (390, 844)}


def say(wrong: str) -> None:
    sys.stderr.write(f"{wrong}\n")


def main(folder: Path, wanted: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    server, root = serve(Site())
    with sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        for scheme in ("light", "dark"):
            for size, (width, height) in SIZES.items():
                for name, path in PAGES.items():
                    label = f"{name}-{size}-{scheme}"
                    if wanted and label not in wanted:
                        continue
                    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
                    page.on("console", lambda said: say(said.text) if said.type == "error" else None)
                    page.on("pageerror", lambda error: say(str(error)))
                    page.goto(root + path + ("#file" if name == "act" and size == "390" else ""))
                    page.wait_for_timeout(250)
                    page.screenshot(path=folder / f"{label}.png")
                    page.close()
        browser.close()
    server.shutdown()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
