"""The job that learns, once a night and when somebody asks for it."""

import structlog
from django.utils import timezone
from procrastinate.contrib.django import app

from onhand.classifying.enums import Target
from onhand.classifying.learning import learn

log = structlog.get_logger("onhand.classifying")


@app.task(name="classifying.learn_anew", queueing_lock="learn_anew", lock="learn_anew")
def learn_anew() -> None:
    """Learn what to suggest from what the department did up to now."""
    for target in Target:
        learnt = learn(target, timezone.now())
        log.info("learnt", target=target.value, examples=learnt.examples if learnt else 0)


@app.periodic(cron="11 3 * * *")
@app.task(name="classifying.learn_by_night", queueing_lock="learn_by_night", lock="learn_anew")
def learn_by_night(timestamp: int) -> None:  # noqa: ARG001 given by the timetable
    """The same by itself every night."""
    learn_anew.func()
