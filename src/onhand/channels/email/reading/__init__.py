"""
Reading mail: bytes to plain values, without a database, without a network, without ever raising.

    parsed = read_mail(raw, own_domains=["shop.example"], own_addresses=["service@shop.example"], trusted_authserv="mx.shop.example")

`raw` is the mail as it came (no bytes taken off); the answer is a `ParsedMail`. There is no error to catch: of a mail that cannot be
read comes what can be had, and `parsed.problems` has codes whose sentences are in `problems.SENTENCES` ("unreadable" is the worst).

- `own_domains`, `own_addresses`: domains our Message-IDs are made under, addresses we write from; our own mail coming back is a loop.
- `trusted_authserv`: the name our server gives itself in Authentication-Results. Only its results count, and only
  `parsed.checks.get("sender") == "pass"` speaks for the address in From. Without it nothing is trusted.
- `dns_text`: a function giving the TXT record of a name, to check DKIM here where no trusted server did.

What callers rely on: every string can be stored in PostgreSQL; `message_id` is never empty (made of the content if missing, the same
for every delivery of a mail); `text[:quoted_from]` is what the customer wrote, the rest repeats; `html` runs and loads nothing (images
from outside have `data-src`, those of the mail `src="cid:…"` with the id of an attachment whose `is_inline` is true); card numbers are
masked in subject, text, HTML and bounce text, but not in `attachments` nor in the raw mail; `automatic` other than "" must neither open
a case nor be answered by a program. Work grows in proportion to the length of the mail.
"""

from onhand.channels.email.reading.mail import read_mail
from onhand.channels.email.reading.parsed import Address, Bounce, FeedbackReport, ParsedFile, ParsedMail, Recipient

__all__ = ["Address", "Bounce", "FeedbackReport", "ParsedFile", "ParsedMail", "Recipient", "read_mail"]
