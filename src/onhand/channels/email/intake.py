"""
What is made of mail as it arrived: read, compared with what is there, and handed to the contacts, in one transaction with its state.

What cannot be read is refused with the reason, and stays as it came: it can be read again.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from django.db import DatabaseError, InterfaceError, connection, transaction
from django.utils.translation import gettext as _

from onhand.channels.email import chain
from onhand.channels.email.enums import RawState
from onhand.channels.email.events import MailRefused
from onhand.channels.email.models import RawMail
from onhand.channels.email.storing import health_topic
from onhand.kernel.actor import system_actor
from onhand.kernel.database import run_prepared
from onhand.kernel.hints import send_after_commit
from onhand.kernel.records import Subject, publish

MOST_TRIES = 6
CLAIMED_AT_ONCE = 20
CLAIM_LASTS = timedelta(seconds=30)  # then another process may take it: the one that did was stopped
LONGEST_REASON = 2_000
DOUBLE_WITHIN = timedelta(days=30)
_CLAIM = """
update email_rawmail set tries = tries + 1, not_before = %s::timestamptz where id in (
  select id from email_rawmail where state = 'stored' and (not_before is null or not_before <= %s) order by id limit %s
  for update skip locked)
returning id, tries
"""
# A mail that waits, locked, and with it: is it a test of ours, and which mail of the same name with the same body became a message.
_TAKE = """
select r.id, r.content, b.id, b.address, b.team_id, b.trusted_authserv,
  r.outside_id <> '' and exists (select from email_mailboxtest t where t.message_id = r.outside_id), (
    select e.id from email_rawmail e where e.mailbox_id = r.mailbox_id and e.outside_id = r.outside_id and e.outside_id <> ''
      and e.body_sha256 = r.body_sha256 and e.state = 'done' and e.message_id is not null
      and e.received_at > %(since)s and e.id <> r.id order by e.id limit 1)
from email_rawmail r join email_mailbox b on b.id = r.mailbox_id
where r.id = %(id)s and r.state = 'stored' for update of r skip locked
"""
_DONE = """
update email_rawmail set state = 'done', reason = %s, message_id = %s, done_at = %s, not_before = null where id = %s
"""
Clock = Callable[[], datetime]
log = structlog.get_logger("onhand.email")


def claim_stored(at: datetime, most: int = CLAIMED_AT_ONCE) -> list[int]:
    """
    The next mails that wait to be read and that nobody else is at, the oldest first. The try is counted and committed before it is
    made: a mail that kills the process each time it is read is refused after a few, and meanwhile holds up only those claimed with it.
    """
    with transaction.atomic():
        claimed = run_prepared(_CLAIM, [at + CLAIM_LASTS, at, most])
        for pk, tries in claimed:
            if tries > MOST_TRIES:
                words = _("Reading it was begun %(times)s times, and each time the process ended.") % {
                    "times": MOST_TRIES
                }
                _refuse(pk, words, at)
    return sorted(pk for pk, tries in claimed if tries <= MOST_TRIES)


def process_raw(raw_id: int, clock: Clock) -> bool:
    """
    Make what is to be made of one mail; false if it was done already, or somebody else is at it. Killed anywhere, it is as if it had
    not begun. What the database did is tried again; anything else refuses the mail.
    """
    try:
        with transaction.atomic():
            at = clock()
            found = run_prepared(_TAKE, {"id": raw_id, "since": at - DOUBLE_WITHIN})
            if not found:
                return False
            *waiting, is_test, earlier = found[0]
            _finish(chain.Waiting(*waiting), _why_nothing(is_test, earlier), at)
        return True
    except (DatabaseError, InterfaceError) as error:
        if not connection.is_usable():
            raise
        _note_failure(raw_id, error, clock(), is_final=False)
    except Exception as error:
        log.exception("mail_refused", raw_mail=raw_id)
        _note_failure(raw_id, error, clock(), is_final=True)
    return True


def _finish(waiting: chain.Waiting, reason: str, at: datetime) -> None:
    message_id = None if reason else chain.receive(chain.read(waiting), waiting, at)
    run_prepared(_DONE, [reason, message_id, at, waiting.id])
    send_after_commit(health_topic(waiting.mailbox_id))


def _why_nothing(is_test: bool, earlier: int | None) -> str:
    """Why nothing is made of a mail; empty if something is."""
    if is_test:
        return _("It is a test of the mailbox.")
    return _("It is the same mail as %(number)s, come another way.") % {"number": earlier} if earlier else ""


def _note_failure(raw_id: int, error: Exception, at: datetime, *, is_final: bool) -> None:
    reason = f"{type(error).__name__}: {error}"
    storable = reason[:LONGEST_REASON].replace("\x00", "�").encode("utf-8", "replace").decode()
    with transaction.atomic():
        raw = RawMail.objects.select_for_update(of=("self",)).filter(pk=raw_id, state=RawState.STORED).first()
        if raw is None:
            return
        if is_final or raw.tries >= MOST_TRIES:
            _refuse(raw_id, storable, at)
            return
        later = at + timedelta(seconds=2**raw.tries)
        RawMail.objects.filter(pk=raw_id).update(reason=storable, not_before=later)
    send_after_commit(health_topic(raw.mailbox_id))


def _refuse(raw_id: int, reason: str, at: datetime) -> None:
    """Keep a mail as one that was not read, in the present transaction, and say so."""
    changed = RawMail.objects.filter(pk=raw_id, state=RawState.STORED)
    mailbox_id = changed.values_list("mailbox_id", flat=True).get()
    changed.update(state=RawState.REFUSED, reason=reason, done_at=at, not_before=None)
    event = MailRefused(raw_mail_id=raw_id, reason=reason[:200])
    publish(event, actor=system_actor("e-mail"), subject=Subject("mailbox", mailbox_id), at=at)
    send_after_commit(health_topic(mailbox_id))
