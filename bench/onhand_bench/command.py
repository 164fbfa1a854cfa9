"""``onhand-bench NAME [--quick]``: one measurement, on data and a database of its own.

A measurement is a module of this package with a one-line docstring and a function ``measure(quick: bool)`` that prints its
table and returns its figures; ``live-desks`` is the module ``live_desks``. The last line printed is those figures as one
JSON object. ``--quick`` must end in under 50 seconds, at a smaller size that the table states.
"""

import argparse
import importlib.util
import json
import pkgutil
import sys
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any

import onhand_bench


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one measurement; the exit code."""
    parser = argparse.ArgumentParser(
        prog="onhand-bench", description="Measure one thing. Names:\n  " + "\n  ".join(names())
    )
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("name", choices=names(), metavar="NAME")
    parser.add_argument("--quick", action="store_true", help="a smaller size, under 50 seconds")
    parser.add_argument("--size", choices=("small", "middle", "large"), help="of measurements that have several")
    options = parser.parse_args(arguments)
    more = {} if options.size is None else {"size": options.size}
    figures: Mapping[str, Any] = module(options.name).measure(quick=options.quick, **more)
    print(json.dumps(dict(figures)), flush=True)
    return 0


def names() -> list[str]:
    """What can be measured: every module with a function ``measure``."""
    found = [info.name for info in pkgutil.iter_modules(onhand_bench.__path__)]
    return [name.replace("_", "-") for name in found if _measures(name)]


def module(name: str) -> ModuleType:
    """The module of a measurement."""
    return importlib.import_module(f"onhand_bench.{name.replace('-', '_')}")


def _measures(name: str) -> bool:
    """True if the module's source defines ``measure``; nothing is imported, so listing is quick and harmless."""
    spec = importlib.util.find_spec(f"onhand_bench.{name}")
    source = spec.loader.get_source(spec.name) if spec and spec.loader and hasattr(spec.loader, "get_source") else ""
    return "\ndef measure(" in (source or "")


if __name__ == "__main__":
    sys.exit(main())
