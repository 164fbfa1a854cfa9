"""
A load of mail under random kills: `python -m tests.resilience.mail.run 50 5000`.

A real Dovecot takes customers' mail in, the whole product fetches it, representatives answer over REST, and a receiving server notes
what it was sent. Web, jobs, listeners, the database's processes and the database itself are ended with `kill -9` meanwhile. At the end
everything is compared: with what was handed in, with what was acknowledged, and with what the receiving server saw.
"""

import contextlib
import json
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

from tests.config.conftest import reachable_folder
from tests.config.group import Running, free_port, wait_for
from tests.resilience.mail.load import Feeder, Outside, listening

VICTIMS = {"web": 4, "jobs": 6, "listeners": 6, "backend": 4, "database": 1}
PAUSES = (0.3, 2.0)  # seconds between a kill and the next, once the part is there again
ADDRESS = "help@company.example"
ANSWERERS = 2
STARTED_WITHIN = 180  # seconds: a durable database is made first
A_SECOND = 25.0


def kill(group: Running, victim: str, chance: random.Random) -> bool:
    """Kill one; false if there was none of that kind just now."""
    if victim == "backend":
        with contextlib.suppress(psutil.Error):
            children = psutil.Process(group.pid("database")).children()
            serving = [
                one for one in children if "onhand" in " ".join(one.cmdline()) and "[local]" in " ".join(one.cmdline())
            ]
            if serving:
                chance.choice(serving).kill()
                return True
        return False
    pid = group.pid(victim)
    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.Process(pid).kill()
        wait_for(lambda: group.pid(victim) not in (0, pid), 90, group.said)
        return True
    return False


@contextlib.contextmanager
def django_on(data: Path) -> Iterator[None]:
    """Django of this process on the running product's database."""
    for name in [name for name in os.environ if name.startswith("ONHAND_") or name == "DATABASE_URL"]:
        del os.environ[name]
    os.environ |= {"ONHAND_DATA": str(data), "ONHAND_LOG_LEVEL": "error"}
    from onhand.config import session
    from onhand.config.environment import environment

    with session.database_for_django(environment()):
        yield


def connect(imaps: int, sink: int, password: str) -> str:
    """The company's mailbox and a representative who answers; the representative's API token."""
    from onhand.channels.email.models import Mailbox
    from onhand.channels.email.servers import IMAP_SECRET
    from onhand.kernel.locked_texts import lock_text
    from tests.factories.callers import make_representative, make_token

    Mailbox.objects.create(
        name="Help",
        address=ADDRESS,
        imap_host="localhost",
        imap_port=imaps,
        imap_user=ADDRESS,
        imap_secret=lock_text(password, IMAP_SECRET),
        smtp_host="localhost",
        smtp_port=sink,
        smtp_security="none",
    )
    return make_token(make_representative())


def run(kills: int, mails: int, seed: int) -> dict[str, Any]:
    """Do it; what was counted, with `faults` naming everything that is not as it must be."""
    from tests.channels.email.servers import PASSWORD, Dovecot

    chance, began, killed = random.Random(seed), time.monotonic(), Counter[str]()
    outside = Outside()
    with contextlib.ExitStack() as stack:
        place = stack.enter_context(reachable_folder())
        dovecot = Dovecot(place / "dovecot")
        dovecot.start()
        stack.callback(dovecot.stop)
        sink = free_port()
        stack.callback(listening(outside, sink).stop)
        settings = {
            "ONHAND_POSTGRES_DURABLE": "true",
            "ONHAND_DEMO": "false",
            "SSL_CERT_FILE": str(dovecot.certificate),
        }
        group = Running(place / "data", **settings)
        stack.callback(group.stop)
        group.wait_ready(STARTED_WITHIN)
        stack.enter_context(django_on(group.data))
        from tests.resilience.mail.check import check, wait_until_done
        from tests.resilience.mail.people import Answered, Answerer

        answered = Answered()
        token = connect(dovecot.imaps, sink, PASSWORD)
        feeder = Feeder(dovecot.lmtp, ADDRESS, outside, total=mails, a_second=A_SECOND, seed=seed)
        people = [Answerer(group.port, token, answered, (number, ANSWERERS)) for number in range(ANSWERERS)]
        for thread in (feeder, *people):
            thread.start()
        while killed.total() < kills:
            time.sleep(chance.uniform(*PAUSES))
            victim = chance.choices(list(VICTIMS), list(VICTIMS.values()))[0]
            killed[victim] += kill(group, victim, chance)
        feeder.join(60 + mails)
        wait_until_done(feeder.sent, answered, outside, seconds=90 + mails / 10)
        for one in people:
            one.stop.set()
        for one in people:
            one.join(60)
        wait_until_done(feeder.sent, answered, outside, seconds=60)
        found = check(feeder.sent, answered, outside)
        if feeder.problem:
            found["faults"].append(f"the feeder stopped: {feeder.problem}")
    seconds = round(time.monotonic() - began, 1)
    return {"kills": dict(killed), "seed": seed, "seconds": seconds, "mails": feeder.sent.total(), **found}


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    numbers = [int(word) for word in sys.argv[1:]]
    kills, mails, seed = (*numbers, *(10, 300, random.randrange(10**6))[len(numbers) :])
    result = run(kills, mails, seed)
    sys.stdout.write(json.dumps(result) + "\n")
    return 1 if result["faults"] else 0


if __name__ == "__main__":
    sys.exit(main())
