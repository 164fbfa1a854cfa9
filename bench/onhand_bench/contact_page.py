"""A contact is opened: its conversation, the file beside it and where one answers, over HTTP by the product's own web process."""

import random
import statistics
from contextlib import ExitStack
from typing import Any

from onhand_bench import mail_company
from onhand_bench.live_desks import web

CUSTOMERS, CONTACTS, OPEN = 50_000, 250_000, 20_000
QUICK_CUSTOMERS, QUICK_CONTACTS, QUICK_OPEN = 2_000, 10_000, 1_000
WARM, PAGES, QUICK_PAGES = 60, 1_000, 200


def measure(*, quick: bool) -> dict[str, Any]:
    """Measure 250,000 contacts with a million messages; 10,000 with 40,000 with `quick`. Times in milliseconds."""
    customers, contacts, open_contacts = (
        (QUICK_CUSTOMERS, QUICK_CONTACTS, QUICK_OPEN) if quick else (CUSTOMERS, CONTACTS, OPEN)
    )
    with ExitStack() as stack:
        company = stack.enter_context(mail_company.company(customers, contacts, open_contacts))
        chance = random.Random(7)
        count = WARM + (QUICK_PAGES if quick else PAGES)
        numbers = [company.first_contact + chance.randrange(company.contacts) for _page in range(count)]
        addresses = [f"/desk/contacts/{number}/" for number in numbers]
        statements = mail_company.count_statements(company.sessions[1], addresses[0], addresses[1])
        _process, port = stack.enter_context(web())
        pages = [(address, b'id="conversation"') for address in addresses]
        took = sorted(mail_company.read_pages(port, company.sessions[0], pages, WARM))
    p50, p99 = statistics.median(took), took[int(len(took) * 0.99) - 1]
    print(f"{'contacts':44} {company.contacts:>10,}   {company.messages:,} messages")
    print(f"{'statements':44} {statements:>10}")
    print(f"{'half of the pages':44} {p50:>10.1f} ms")
    print(f"{'99 of 100 pages':44} {p99:>10.1f} ms")
    return {"p50_ms": round(p50, 2), "p99_ms": round(p99, 2), "statements": statements, "contacts": company.contacts}
