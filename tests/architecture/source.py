"""The product's source, read as text and as syntax."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "onhand"


@dataclass(frozen=True)
class Module:
    """One Python file: `name` is its path below src/onhand."""

    name: str
    text: str
    tree: ast.Module

    @property
    def is_migration(self) -> bool:
        return "/migrations/" in self.name

    def calls(self) -> Iterator[tuple[str, ast.Call]]:
        """Each call with its name as written, such as `datetime.now` or `customer.save`; an unnamed part is a ?."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call):
                yield dotted(node.func), node

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node


def dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "?"


@cache
def modules() -> tuple[Module, ...]:
    """Every module of the product."""
    return tuple(
        Module(path.relative_to(SOURCE).as_posix(), text := path.read_text(), ast.parse(text))
        for path in sorted(SOURCE.rglob("*.py"))
    )
