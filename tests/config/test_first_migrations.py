"""An empty database is made as the migrations say, only sooner."""

import os
import re
import subprocess
import sys
from difflib import unified_diff
from pathlib import Path

import psycopg
from psycopg import sql

from onhand.config import archive
from onhand.config.environment import environment
from tests import company
from tests.conftest import SERVER, clone, drop, maintenance, with_database

ORDINARY = """
import django
from django.core.management import call_command
django.setup()
call_command("migrate", verbosity=0, interactive=False)
call_command("createcachetable", verbosity=0)
"""


# Applied at another moment; numbered in whatever order the models are asked in, which differs from run to run.
NOT_COMPARED = ("django_migrations", "django_content_type", "auth_permission")


def dumped(program: Path, url: str) -> list[str]:
    """Everything a database holds, without the moments and the key that differ from one dump to the next."""
    what = ["--inserts", "--no-owner", "--no-privileges", f"--dbname={url}"]
    what += [f"--exclude-table-data={table}" for table in NOT_COMPARED]
    text = subprocess.run([program, *what], check=True, capture_output=True, text=True).stdout
    text = re.sub(r"'\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[^']*'", "'a moment'", text)
    return [line for line in text.splitlines() if not line.startswith(("\\restrict", "\\unrestrict"))]


def test_both_ways_make_the_same_database() -> None:
    name, quick = f"onhand_test_ordinary_{os.getpid()}", f"onhand_test_quick_{os.getpid()}"
    with maintenance() as session:
        session.execute(sql.SQL("create database {} template template0").format(sql.Identifier(name)))
    clone(quick)  # the template was made the quick way
    try:
        variables = {**os.environ, "DATABASE_URL": with_database(os.environ[SERVER], name)}
        subprocess.run([sys.executable, "-c", ORDINARY], check=True, env=variables)
        urls = [with_database(os.environ[SERVER], one) for one in (name, quick)]
        with psycopg.connect(urls[1]) as session:
            company.dissolve(session)
        with psycopg.connect(urls[0]) as session:
            program = archive.program(environment(), "pg_dump", session.info.server_version // 10_000)
        ordinary, quickly = (dumped(program, url) for url in urls)
        assert len(ordinary) > 5_000
        assert not list(unified_diff(ordinary, quickly, n=1, lineterm=""))
    finally:
        drop(name)
        drop(quick)
