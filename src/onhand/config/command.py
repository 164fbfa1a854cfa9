"""The ``onhand`` command."""

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from onhand.config.environment import Environment, environment, unknown_variables, variable_name
from onhand.config.terminal import complain, say

WRONG_SETTING = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one sub-command; its exit code: 0 well, 1 not, 2 a setting or argument is wrong."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] == ["test"]:
        from onhand.config import development

        return development.run(given[1:])
    options = parser().parse_args(given)
    if getattr(options, "data", None):
        os.environ["ONHAND_DATA"] = options.data
    try:
        settings = environment()
    except ValidationError as error:
        complain(explain(error))
        return WRONG_SETTING
    for name in unknown_variables():
        complain(f"{name} is not a setting of Onhand; see: onhand settings")
    try:
        return int(options.run(settings, options) or 0)
    except PermissionError as error:
        place = Path(error.filename or "")
        if not (place.is_relative_to(settings.data) or settings.data.is_relative_to(place)):
            raise
        complain(
            f"This user may not use {place}.", "Start as the owner of it, or set ONHAND_DATA to a folder of your own."
        )
        return 1


def parser() -> argparse.ArgumentParser:
    """What can be typed."""
    top = argparse.ArgumentParser(prog="onhand", description="The customer service centre.")
    commands = top.add_subparsers(metavar="command", required=True)

    def add(name: str, run: object, text: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=text)
        command.set_defaults(run=run)
        command.add_argument("--data", metavar="FOLDER", help="the data folder (the same as ONHAND_DATA)")
        return command

    add("up", run_up, "Start everything and keep it running until Ctrl-C.")
    listing = add("settings", run_settings, "List every setting: variable, type, default, value, meaning.")
    listing.add_argument("--page", action="store_true", help="as the page of the documentation")
    check = add(
        "check", run_check, "Say whether the installation is sound; or whether records are whole, or books right."
    )
    check.add_argument(
        "what",
        nargs="?",
        choices=["records", "books"],
        help="records: look at every sealed record; books: at every booking",
    )
    backup = add("backup", run_backup, "Write a backup of everything, while it runs.")
    backup.add_argument("file", type=Path)
    restore = add("restore", run_restore, "Restore a backup into an empty place.")
    restore.add_argument("file", type=Path)
    restore.add_argument("--replace", action="store_true", help="throw away what is there now")
    keys = add("keys", run_keys, "Say whether this machine's keys are those of the database.")
    keys.add_argument("--accept", action="store_true", help="the keys were changed on purpose: use them from now on")
    erasures = add(
        "erasures", run_erasures, "List who was erased; reapply: erase again whoever a restore brought back."
    )
    erasures.add_argument("what", nargs="?", choices=["reapply"], help="reapply: erase again by the list kept here")
    add("migrate", run_migrate, "Bring the database's schema up to date.")
    company = add("demo", run_demo, "Create the demo company if the database is empty, and say whom to sign in as.")
    company.add_argument(
        "--customers", type=positive, metavar="N", help="make it with N customers and years of contacts, or add N to it"
    )
    company.add_argument("--seed", type=int, default=1912, metavar="S", help="the same seed makes the same customers")
    company.add_argument(
        "--orders", type=natural, metavar="M", help="with M orders, made one act after the other (about ten a second)"
    )
    simulate = add("simulate", run_simulate, "Try queues, people and arrivals of a file on a virtual clock.")
    simulate.add_argument("file", type=Path, help="a scenario, TOML or JSON (see docs/howto/simulate.md)")
    simulate.add_argument(
        "--picture", type=Path, metavar="FILE", help="draw the outcome: a file ending in .svg or .html"
    )
    commands.add_parser("test", help="Run every check of the code and all tests (see: onhand test --help).")
    return top


def positive(text: str) -> int:
    """A number of one or more. Raises ArgumentTypeError."""
    number = int(text.replace("_", "").replace(",", "")) if text.replace("_", "").replace(",", "").isdigit() else 0
    if not 0 < number <= 50_000_000:
        raise argparse.ArgumentTypeError("give a number from 1 to 50,000,000")
    return number


def natural(text: str) -> int:
    """A number of none or more. Raises ArgumentTypeError."""
    return 0 if text == "0" else positive(text)


def explain(error: ValidationError) -> str:
    """What is wrong with the settings: name, value and mend, one paragraph each."""
    paragraphs = []
    for fault in error.errors():
        field = str(fault["loc"][0]) if fault["loc"] else ""
        alias = {variable_name(name): name for name in Environment.model_fields}
        field = alias.get(field, field)
        message = fault["msg"].removeprefix("Value error, ")
        if field not in Environment.model_fields:
            paragraphs.append(message)
            continue
        name = variable_name(field)
        secret = "secret" in str(Environment.model_fields[field].annotation).lower()
        shown = "(secret)" if secret else repr(os.environ.get(name, fault["input"]))
        meaning = Environment.model_fields[field].description
        paragraphs.append(f"{name} is wrong: {shown}\n  {message}.\n  Meaning: {meaning}")
    return "\n".join(["Onhand cannot start with these settings:", *paragraphs])


def run_up(settings: Environment, _options: argparse.Namespace) -> int:
    """``onhand up``"""
    from onhand.config import supervisor

    try:
        return supervisor.up(settings)
    except supervisor.StartError as error:
        complain(error)
        return 1


def run_settings(settings: Environment, options: argparse.Namespace) -> int:
    """``onhand settings``"""
    from onhand.config import listing

    say(listing.page().rstrip() if options.page else "\n".join(listing.lines(settings)))
    return 0


def run_check(settings: Environment, options: argparse.Namespace) -> int:
    """``onhand check``, ``onhand check records`` and ``onhand check books``"""
    from onhand.config import check

    looks = {"records": check.records, "books": check.books}
    return looks.get(options.what, check.installation)(settings)


def run_backup(settings: Environment, options: argparse.Namespace) -> int:
    """``onhand backup FILE``"""
    from onhand.config import backup

    return backup.command(settings, options.file)


def run_restore(settings: Environment, options: argparse.Namespace) -> int:
    """``onhand restore FILE``"""
    from onhand.config import restore

    return restore.command(settings, options.file, replace=options.replace)


def run_keys(settings: Environment, options: argparse.Namespace) -> int:
    """``onhand keys`` and ``onhand keys --accept``"""
    from onhand.config import session

    with session.database_for_django(settings):
        from onhand.config import keys, migrations

        migrations.apply()
        if options.accept:
            changed = keys.accept()
            say(f"Accepted: {', '.join(changed)}." if changed else "They were the keys of the database already.")
            return 0
        wrong = keys.wrong()
        say(*([*(keys.explain(key, settings) for key in wrong), keys.MEND] if wrong else ["The keys are right."]))
        return 1 if wrong else 0


def run_erasures(settings: Environment, options: argparse.Namespace) -> int:
    """``onhand erasures`` and ``onhand erasures reapply``"""
    from onhand.config import erasures

    return erasures.command(settings, options.what)


def run_migrate(settings: Environment, _options: argparse.Namespace) -> int:
    """``onhand migrate``"""
    from onhand.config import migrations, session

    with session.database_for_django(settings):
        say(f"{migrations.apply()} migrations applied.")
    return 0


def run_demo(settings: Environment, options: argparse.Namespace) -> int:
    """``onhand demo`` and ``onhand demo --customers N``"""
    from onhand.config import demo, migrations, session

    with session.database_for_django(settings):
        migrations.apply()
        if options.customers:
            begun = time.monotonic()
            given = {"customers": options.customers, "seed": options.seed, "orders": options.orders}
            written = demo.add_customers(settings, **given)
            if written is None:
                complain("This database holds a company of your own; the demo stays out of it.")
                return 1
            rows, seconds = sum(written.values()), time.monotonic() - begun
            counts = ", ".join(f"{count:,} {table.partition('_')[2]}" for table, count in written.items())
            say(
                f"{counts}: {rows:,} rows in {seconds:.0f} s, {rows / seconds:,.0f} a second.", *demo.sign_ins(settings)
            )
            return 0
        made = demo.create_if_empty(settings, demo.Bar())
    say("\n".join(["Created the demo company." if made else "There is data already.", *demo.sign_ins(settings)]))
    return 0


def run_simulate(_settings: Environment, options: argparse.Namespace) -> int:
    """``onhand simulate FILE``"""
    from onhand.config import simulating

    return simulating.command(options.file, options.picture)


if __name__ == "__main__":
    sys.exit(main())
