"""The run of all tests: what failed is tried once more, alone, and said."""

from pathlib import Path

import pytest

from onhand.config import development

SOMETIMES = """
from pathlib import Path

def test_that_holds(): pass

def test_that_needs_quiet():
    mark = Path(__file__).with_name("tried")
    tried = mark.exists()
    mark.touch()
    assert tried
"""
NEVER = "\ndef test_that_is_wrong(): assert False\n"


def run_all(folder: Path, tests: str, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> tuple[int, list[str]]:
    (folder / "test_some.py").write_text(tests)
    environment = development._environment(str(folder / "data"))
    monkeypatch.setattr(development, "checkout", lambda: folder)
    run = development.Tests(arguments)
    return run.run(environment), run.passed_alone


def test_what_failed_beside_others_may_pass_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run_all(tmp_path, SOMETIMES, monkeypatch) == (0, ["test_some.py::test_that_needs_quiet"])
    assert "1 failed. Once more, one at a time:" in capfd.readouterr().out


def test_what_fails_twice_has_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run_all(tmp_path, SOMETIMES + NEVER, monkeypatch) == (1, ["test_some.py::test_that_needs_quiet"])


def test_a_run_of_some_tests_is_taken_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run_all(tmp_path, SOMETIMES, monkeypatch, "test_some.py") == (1, [])


def test_a_run_that_could_not_begin_is_not_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, passed = run_all(tmp_path, "import nothing_of_this_name", monkeypatch)
    assert code not in (0, 1) or passed == []
