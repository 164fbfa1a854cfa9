"""Taking a folder's new mail: stored and committed first, then marked at the server. Stopped anywhere, nothing is lost or doubled."""

import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import connection
from django.utils.translation import gettext_lazy as _

from onhand.channels.email.enums import AfterTaking, Route
from onhand.channels.email.imap import Folder, opened
from onhand.channels.email.models import Mailbox, MailboxHealth, RawMail
from onhand.channels.email.servers import MailboxProblem, imap_server
from onhand.channels.email.storing import Arrived, Reach, Stored, health_topic, store
from onhand.kernel.hints import send_after_commit

RENEW_SECONDS = (
    600.0  # of IDLE: servers and what stands between may forget a connection that says nothing for half an hour
)
POLL_SECONDS = 15.0  # where the server has no IDLE
BATCH_MAILS = 100
BATCH_BYTES = 8 * 2**20
HEADER_BYTES = 2**20
SPARE = timedelta(days=2)  # clocks and time zones of servers differ, and IMAP compares days
FIRST_PAUSE, LONGEST_PAUSE = 2.0, 300.0
Clock = Callable[[], datetime]
log = structlog.get_logger("onhand.email")


def keep_fetching(mailbox: Mailbox, stop: threading.Event, clock: Clock) -> None:
    """Take the mailbox's mail as it comes until `stop` is set. Problems are noted for people, and tried again with growing pauses."""
    pause = FIRST_PAUSE
    while not stop.is_set():
        try:
            with opened(imap_server(mailbox), mailbox.imap_folder, folder_to_move_to(mailbox)) as folder:
                _note_well(mailbox, clock())
                settle_left(mailbox, folder, clock)
                take_new(mailbox, folder, clock, stop)
                pause = FIRST_PAUSE
                _follow(mailbox, folder, clock, stop)
        except MailboxProblem as problem:
            log.warning("mailbox_problem", mailbox=mailbox.address, step=problem.step, problem=problem.message)
            _note_problem(mailbox, problem.message, clock())
            connection.close()
            stop.wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
    connection.close()


def _follow(mailbox: Mailbox, folder: Folder, clock: Clock, stop: threading.Event) -> None:
    while not stop.is_set():
        connection.close()  # waiting needs none
        folder.wait(RENEW_SECONDS if folder.has_idle else POLL_SECONDS, stop)
        if not stop.is_set():
            take_new(mailbox, folder, clock, stop)
            _note_well(mailbox, clock())


def take_new(mailbox: Mailbox, folder: Folder, clock: Clock, stop: threading.Event) -> int:
    """
    Store what is new in the folder and mark it there; how many were new.

    New is what has a number above the last one taken. On the first visit that is what nobody has read; when the server numbered the
    folder anew, what nobody has read or what came since the folder was last looked at, the bytes telling what is there already.
    """
    health = MailboxHealth.objects.get_or_create(mailbox=mailbox)[0]
    if health.uid_validity == folder.uid_validity:
        uids = folder.uids_after(health.last_uid)
        reaches = True
    else:
        uids = _after_renumbering(folder, health)
        reaches = False  # only when all are stored: a stop on the way must not make older, read mail look new
    began = clock()
    new = _take(mailbox, folder, uids, clock, stop, reaches=reaches)
    if not stop.is_set():
        known = {} if reaches else {"uid_validity": folder.uid_validity, "last_uid": folder.uid_next - 1}
        MailboxHealth.objects.filter(mailbox=mailbox).update(scanned_at=began, left_on_server=0, **known)
        if not reaches:
            new += take_new(mailbox, folder, clock, stop)  # what came while the others were fetched
    return new


def _after_renumbering(folder: Folder, health: MailboxHealth) -> list[int]:
    unread = set(folder.search("UNSEEN"))
    if health.scanned_at is None:
        return sorted(uid for uid in unread if uid < folder.uid_next)
    since = set(folder.search("SINCE", (health.scanned_at - SPARE).date()))
    return sorted(uid for uid in unread | since if uid < folder.uid_next)


def _take(
    mailbox: Mailbox, folder: Folder, uids: Sequence[int], clock: Clock, stop: threading.Event, *, reaches: bool
) -> int:
    new, left = 0, len(uids)
    if left > BATCH_MAILS:
        _note_left(mailbox, left)
    for batch in _batches(folder, uids):
        if stop.is_set():
            break
        reach = Reach(folder.uid_validity, max(batch)) if reaches else None
        arrived = _fetched(folder, batch)
        stored = store(mailbox.pk, [one for _uid, one in arrived], at=clock(), reach=reach)
        _settle(mailbox, folder, {uid: one.size for uid, one in arrived}, stored, clock())
        new += sum(one.is_new for one in stored)
        left -= len(batch)
        if left > BATCH_MAILS:
            _note_left(mailbox, left)
    return new


def _batches(folder: Folder, uids: Sequence[int]) -> Iterator[dict[int, int]]:
    """The mails with their sizes, in order, few enough at a time to be held in memory."""
    for start in range(0, len(uids), BATCH_MAILS):
        sizes = folder.sizes(uids[start : start + BATCH_MAILS])
        batch: dict[int, int] = {}
        held = 0
        for uid, size in sorted(sizes.items()):
            if batch and held + size > BATCH_BYTES:
                yield batch
                batch, held = {}, 0
            batch[uid] = size
            held += min(size, most_bytes())
        if batch:
            yield batch


def _fetched(folder: Folder, batch: dict[int, int]) -> list[tuple[int, Arrived]]:
    small = {uid: size for uid, size in batch.items() if size <= most_bytes()}
    # A server may be wrong about sizes, as many are by a few bytes a line.
    contents = folder.contents(small, 2 * sum(small.values()) + HEADER_BYTES)
    large = batch.keys() - small.keys()
    headers = folder.headers(large, HEADER_BYTES * len(large))
    arrived = [(uid, _arrived(folder, uid, content, len(content))) for uid, content in contents.items()]
    words = str(_("It is larger than a mail may be. Only its headers were fetched; the rest is in the mailbox."))
    arrived += [(uid, _arrived(folder, uid, content, batch[uid], words)) for uid, content in headers.items()]
    return sorted(arrived, key=lambda one: one[0])


def _arrived(folder: Folder, uid: int, content: bytes, size: int, refused: str = "") -> Arrived:
    return Arrived(Route.IMAP, _key(folder, uid), content, size, refused=refused)


def _key(folder: Folder, uid: int) -> str:
    return f"imap:{folder.uid_validity}:{uid}"


def _settle(mailbox: Mailbox, folder: Folder, taken: dict[int, int], stored: list[Stored], at: datetime) -> None:
    _tell_server(mailbox, folder, taken)
    RawMail.objects.filter(pk__in=[one.id for one in stored]).update(settled_at=at)


def settle_left(mailbox: Mailbox, folder: Folder, clock: Clock) -> None:
    """Tell the server of mail that was stored and, because somebody was stopped in between, never marked there."""
    prefix = f"imap:{folder.uid_validity}:"
    left = RawMail.objects.filter(mailbox=mailbox, settled_at=None, outside_key__startswith=prefix)
    known = list(left.values_list("pk", "outside_key", "size"))
    sizes = {int(key.removeprefix(prefix)): size for _pk, key, size in known}
    there = folder.sizes(sizes)
    _tell_server(mailbox, folder, {uid: sizes[uid] for uid in there})
    RawMail.objects.filter(pk__in=[pk for pk, _key, _size in known]).update(settled_at=clock())


def _tell_server(mailbox: Mailbox, folder: Folder, taken: dict[int, int]) -> None:
    """What is larger than what we take is here by its headers only: it stays at the server, whatever becomes of others."""
    after = AfterTaking(mailbox.after_taking)
    whole = {uid for uid, size in taken.items() if size <= most_bytes()}
    folder.settle(whole, after, mailbox.done_folder)
    folder.settle(taken.keys() - whole, AfterTaking.LEAVE if after is AfterTaking.LEAVE else AfterTaking.MARK)


def folder_to_move_to(mailbox: Mailbox) -> str:
    """The folder taken mail is moved to; empty if it is not."""
    return mailbox.done_folder if mailbox.after_taking == AfterTaking.MOVE else ""


def most_bytes() -> int:
    """The largest mail that is taken, in bytes."""
    return int(settings.ONHAND_MAIL_BYTES)


def _note_well(mailbox: Mailbox, at: datetime) -> None:
    MailboxHealth.objects.update_or_create(mailbox=mailbox, defaults={"seen_at": at, "problem": "", "problem_at": None})
    send_after_commit(health_topic(mailbox.pk))


def _note_problem(mailbox: Mailbox, problem: str, at: datetime) -> None:
    MailboxHealth.objects.update_or_create(mailbox=mailbox, defaults={"problem": problem, "problem_at": at})
    send_after_commit(health_topic(mailbox.pk))


def _note_left(mailbox: Mailbox, left: int) -> None:
    MailboxHealth.objects.filter(mailbox=mailbox).update(left_on_server=left)
    send_after_commit(health_topic(mailbox.pk))
