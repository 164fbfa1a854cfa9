"""Writes on contacts and cases that are part of acts, or of setting up a company."""

from django.db import connection

from onhand.kernel.references import reference_code


def next_case_references(count: int) -> list[str]:
    """Several reference codes that no case has had before."""
    with connection.cursor() as cursor:
        cursor.execute("select nextval('contacts_reference') from generate_series(1, %s)", [count])
        return [reference_code(number) for (number,) in cursor.fetchall()]
