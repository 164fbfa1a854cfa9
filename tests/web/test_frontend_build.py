"""What the build leaves, and what the templates must never hold under the content policy."""

import json
import re
from pathlib import Path

import pytest

from onhand.web.templating import MANIFEST

FRONTEND = Path(__file__).parents[2] / "frontend"
TEMPLATES = sorted((MANIFEST.parents[2] / "templates").rglob("*.html"))
SOURCES = [*TEMPLATES, *sorted(FRONTEND.glob("src/*.ts")), *sorted(FRONTEND.glob("styles/*.css"))]
EXTERNAL = re.compile(r"""(?:https?:)?//(?!www\.w3\.org/)[a-z0-9-]+\.[a-z]""")
FORBIDDEN = {
    "inline handler": re.compile(r"""<[^>{}%]*\son[a-z]+\s*=\s*["']"""),
    "inline style": re.compile(r"<style[\s>]|<[^>]*\sstyle\s*="),
    "inline script": re.compile(r"<script(?![^>]*\ssrc=)"),
    "htmx that needs eval": re.compile(r"hx-on[:-]|js:|javascript:|hx-vars"),
    "escaping turned off": re.compile(r"\{%-?\s*autoescape\s+false"),
}


def test_build_names_every_file_by_its_content() -> None:
    manifest = json.loads(MANIFEST.read_text())
    assert set(manifest) >= {"main.js", "main.css", "mark.svg"}
    for logical, hashed in manifest.items():
        assert re.fullmatch(r"[a-z]+-[A-Z0-9]{8}\.(js|css|svg)", hashed), logical
        assert (MANIFEST.parent / hashed).stat().st_size > 100


def test_browser_code_stays_small() -> None:
    manifest = json.loads(MANIFEST.read_text())
    sizes = {name: (MANIFEST.parent / manifest[name]).stat().st_size for name in ("main.js", "main.css")}
    assert sizes["main.js"] < 130_000
    assert sizes["main.css"] < 100_000


@pytest.mark.parametrize("kind", FORBIDDEN)
def test_templates_need_no_exception_from_the_content_policy(kind: str) -> None:
    found = [
        f"{path.name}: {hit.group(0)[:80]}" for path in TEMPLATES for hit in FORBIDDEN[kind].finditer(path.read_text())
    ]
    assert found == []


def test_nothing_is_loaded_from_elsewhere() -> None:
    found = [f"{path.name}: {hit.group(0)}" for path in SOURCES for hit in EXTERNAL.finditer(path.read_text())]
    assert found == []


def test_lock_names_no_registry() -> None:
    lock = json.loads((FRONTEND / "package-lock.json").read_text())
    assert not [name for name, one in lock["packages"].items() if "resolved" in one]
    assert all("integrity" in one for name, one in lock["packages"].items() if name)
