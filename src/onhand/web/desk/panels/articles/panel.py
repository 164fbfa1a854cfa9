"""Articles that may answer what the customer wrote, each opening beside the contact."""

from typing import Any

from onhand.contacts.text_circumstances import TextCircumstances
from onhand.customers.panels import Reading
from onhand.web.addresses import address_of
from onhand.web.desk.article_views import article_row


def view(content: dict[str, Any], reading: Reading) -> dict[str, Any]:
    """The lines of the panel, and where to look for more."""
    about = TextCircumstances(reading.actor, "", contact_id=content["contact_id"])
    asked = f"contact={content['contact_id']}" if content["contact_id"] else f"customer={reading.customer_id}"
    return {
        "articles": [article_row(one, about) for one in content["articles"]],
        "finder_url": f"{address_of('desk:articles')}?{asked}",
        "was_written": content["contact_id"] is not None,
    }
