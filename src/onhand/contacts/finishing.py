"""
What is put into a message only as it goes out, and is kept nowhere: links that are good for whoever has them. Kinds of automatic
messages register it; who sends calls `finish` on the message as it was read, and stores nothing of it.
"""

from collections.abc import Callable

from onhand.contacts.models import Message

Finisher = Callable[[Message], None]
_finishers: dict[str, Finisher] = {}


def register_finisher(automatic: str, finisher: Finisher) -> None:
    """Let messages of that automatic kind be finished by this function; it gives the same result however often it is called."""
    _finishers[automatic] = finisher


def finish(message: Message) -> None:
    """Put in what is still missing. Changes the message at hand, never the stored one."""
    finisher = _finishers.get(message.automatic)
    if finisher is not None:
        finisher(message)


def is_nobodys_work(message: Message) -> bool:
    """Whether nobody needs to look at it when such a message cannot be delivered."""
    return message.automatic in _finishers
