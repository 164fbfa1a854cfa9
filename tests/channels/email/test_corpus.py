"""Every example of the corpus says what must be read from it."""

from datetime import datetime
from typing import Any

import pytest

from onhand.channels.email.reading import ParsedMail, read_mail
from tests.channels.email.corpus import all_examples
from tests.channels.email.corpus.builder import Example

# What an example does not mention is as in an ordinary mail.
ORDINARY: dict[str, Any] = {
    "problems": [],
    "files": [],
    "automatic": "",
    "bounce": None,
    "feedback_report": None,
    "card_numbers_masked": 0,
}
OWN_DOMAINS, OWN_ADDRESSES, TRUSTED = ["shop.example"], ["service@shop.example"], "mx.shop.example"


def test_the_corpus_is_large_and_its_names_are_told_apart() -> None:
    names = [example.name for example in all_examples()]
    assert len(names) >= 150
    assert len(names) == len(set(names))


@pytest.mark.parametrize("example", all_examples(), ids=lambda example: example.name)
def test_read_as_expected(example: Example) -> None:
    parsed = read_mail(example.raw, own_domains=OWN_DOMAINS, own_addresses=OWN_ADDRESSES, trusted_authserv=TRUSTED)
    told = {key: _told(parsed, key, wanted) for key, wanted in (ORDINARY | example.expected).items()}
    assert told == ORDINARY | example.expected


def _told(parsed: ParsedMail, key: str, wanted: Any) -> Any:
    """What the mail says of `key`, in the form the expectation is written in."""
    match key:
        case "visible":
            return parsed.text[: parsed.quoted_from].strip() if parsed.quoted_from is not None else parsed.text
        case "quoted":
            return parsed.quoted_from is not None
        case "has" | "html_has":
            text = parsed.text if key == "has" else parsed.html
            return [one for one in wanted if one in text]
        case "lacks" | "html_lacks":
            text = parsed.text if key == "lacks" else parsed.html.lower()
            return [one for one in wanted if one.lower() not in text]
        case "problems":
            return sorted(parsed.problems, key=wanted.index) if set(parsed.problems) == set(wanted) else parsed.problems
        case "sender":
            return parsed.sender.address
        case "sender_name":
            return parsed.sender.name
        case "reply_to":
            return parsed.reply_to and parsed.reply_to.address
        case "to":
            return [one.address for one in parsed.recipients]
        case "files":
            return [[one.name, one.media_type, one.is_inline] for one in parsed.attachments]
        case "file_content":
            return parsed.attachments[0].content.decode("latin-1")
        case "date":
            return parsed.date if parsed.date is None or isinstance(wanted, datetime) else parsed.date.isoformat()
        case "bounce":
            found = parsed.bounce
            return found and [found.recipient, found.is_permanent, found.code, found.original_message_id]
        case "feedback_report":
            report = parsed.feedback_report
            return report and [report.kind, report.recipient, report.original_message_id]
        case "checks":
            return dict(parsed.checks)
        case _:
            return getattr(parsed, key)
