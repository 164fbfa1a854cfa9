"""Acts whose arguments no form of boxes can ask for: each has a page of its own, to which everything that would open its form leads."""

from onhand.web.addresses import address_of

# Of acts that make something the page on which it is begun, of others the page of their subject.
_PAGES = {
    "guidelines.add_guideline": "guidelines:begin",
    "guidelines.write_draft": "guidelines:edit",
    "procedures.add_procedure": "procedures:begin",
    "procedures.write_procedure": "procedures:edit",
}


def own_page(name: str, subject_id: int | None) -> str:
    """The address of an act's own page; empty for one that has an ordinary form."""
    page = _PAGES.get(name)
    if page is None:
        return ""
    return address_of(page) if subject_id is None else address_of(page, subject_id)
