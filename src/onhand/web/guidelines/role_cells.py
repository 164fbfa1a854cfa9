"""
Cells that say who may approve: the document holds keys of roles, people read and type the names they have. A name that says two roles, or
has a comma in it, is not used: such a role is shown by its key.
"""

from collections import Counter
from collections.abc import Mapping

from onhand.staff.queries import role_names


class RoleCells:
    """Keys as names and names as keys, with the roles there are now."""

    def __init__(self, names: Mapping[str, str] | None = None) -> None:
        called = role_names() if names is None else names
        folded = Counter(name.casefold() for name in called.values())
        self.names = {
            key: name
            for key, name in called.items()
            if "," not in name and '"' not in name and folded[name.casefold()] == 1
        }
        self.keys = {key.casefold(): key for key in called}
        self.by_name = {name.casefold(): key for key, name in self.names.items()}

    @property
    def offered(self) -> list[str]:
        """What can be typed, one role at a time, in order of name."""
        return sorted([self.names.get(key, key) for key in self.keys.values()], key=str.casefold)

    def shown(self, cell: str) -> str:
        """A cell as people read it; one that is no text stays as it is."""
        parts = _parts(cell) if _is_text(cell) else []
        if not parts or any(part not in self.keys.values() for part in parts):
            return cell
        return ", ".join(self.names.get(part, part) for part in parts)

    def stored(self, typed: str) -> str:
        """What was typed as the document holds it; what names no role stays as it is. What stands in quotes is keys first."""
        is_text = _is_text(typed)
        first, second = (self.keys, self.by_name) if is_text else (self.by_name, self.keys)
        parts = _parts(typed)
        found = [first.get(part.casefold()) or second.get(part.casefold()) for part in parts]
        if not any(found):
            return typed
        keys = dict.fromkeys(key or part for key, part in zip(found, parts, strict=True))
        return f'"{", ".join(keys)}"'


def _is_text(cell: str) -> bool:
    return len(cell) > 1 and cell.startswith('"') and cell.endswith('"')


def _parts(cell: str) -> list[str]:
    return [part for one in cell.strip('"').split(",") if (part := one.strip())]
