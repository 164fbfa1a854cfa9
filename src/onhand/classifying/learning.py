"""
Learning from what the department did: the job's work. Memory is bounded by how many contacts are read and how much of each.

Contacts stand in the order of time. From the first three quarters it learns, on the next tenth it finds out how sure it may be, and on
the newest it is measured; what is measured is what is used.
"""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from onhand.classifying.enums import Target
from onhand.classifying.features import LONGEST_SUBJECT, LONGEST_TEXT, PLACES, features
from onhand.classifying.measuring import Measured, measure
from onhand.classifying.models import Learnt
from onhand.classifying.predicting import predictor, softmax, write_arrays

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float32]

MOST_EXAMPLES = 12_000
FEWEST_EXAMPLES = 100
FEWEST_OF_LABEL = 8
LOOKED_BACK = timedelta(days=540)
LEARNT_FROM, TUNED_ON = 0.75, 0.10
KEPT = 5  # of each target
READ_AT_ONCE = 500
_COLUMNS = {Target.TEAM: "team_id", Target.REASON: "reason_id"}

# Contacts that people have finished, with what the customer wrote first; the newest, then in the order of time.
_EXAMPLES = f"""
select x.label, left(m.subject, {LONGEST_SUBJECT}), left(coalesce(left(m.text, m.quoted_from), m.text), {LONGEST_TEXT})
from (select c.id, c.started_at, c.{{column}} as label from contacts_contact c
      where c.ended_at is not null and c.{{column}} is not null and c.last_message_at is not null
        and c.started_at > %(since)s and c.started_at <= %(until)s
      order by c.started_at desc, c.id desc limit {MOST_EXAMPLES}) x
cross join lateral (select m.subject, m.text, m.quoted_from from contacts_message m
      where m.contact_id = x.id and m.direction = 'inbound' and not m.is_internal and m.automatic = ''
      order by m.at, m.id limit 1) m
order by x.started_at, x.id
"""  # noqa: S608  (texts of our own)


@dataclass(frozen=True)
class Examples:
    """Labels and rows of features, in the order of time."""

    labels: list[int]
    rows: Any  # a sparse matrix

    def __len__(self) -> int:
        return len(self.labels)


def learn(target: Target, at: datetime) -> Learnt | None:
    """
    Learn anew what to suggest, measure it, and use it from now on. None, and nothing changes, where there is too little to learn from.
    """
    begun = time.monotonic()
    examples = read_examples(target, at)
    if examples is None:
        return None
    labels, weights, bias, temperature, measured = _fit(examples)
    with transaction.atomic():
        Learnt.objects.filter(target=target, is_used=True).update(is_used=False)
        learnt = Learnt.objects.create(
            target=target,
            learnt_at=at,
            is_used=True,
            labels=labels,
            arrays=write_arrays(weights, bias, temperature),
            examples=len(examples),
            seconds=round(time.monotonic() - begun, 2),
            measured=measured.as_json(),
        )
        old = Learnt.objects.filter(target=target).order_by("-pk").values_list("pk", flat=True)[KEPT:]
        Learnt.objects.filter(pk__in=list(old)).delete()
    predictor(target, learnt.pk)  # what was written can be read
    return learnt


def read_examples(target: Target, at: datetime) -> Examples | None:
    """What the department did, as rows; None if there is too little, or all of it was the same."""
    import numpy as np
    from scipy.sparse import csr_matrix

    labels: list[int] = []
    indices, values, ends = [], [], [0]
    for label, subject, text in _read(target, at):
        places, weights = features(subject, text)
        if len(places):
            labels.append(label)
            indices.append(places)
            values.append(weights)
            ends.append(ends[-1] + len(places))
    common = {label for label, many in Counter(labels).items() if many >= FEWEST_OF_LABEL}
    kept = [place for place, label in enumerate(labels) if label in common]
    if len(kept) < FEWEST_EXAMPLES or len(common) < 2:
        return None
    matrix = csr_matrix((np.concatenate(values), np.concatenate(indices), ends), shape=(len(labels), PLACES))
    return Examples([labels[place] for place in kept], matrix[kept])


def _read(target: Target, at: datetime) -> Iterator[tuple[int, str, str]]:
    """Row by row, without holding them all."""
    statement = _EXAMPLES.format(column=_COLUMNS[target])
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(statement, {"since": at - LOOKED_BACK, "until": at})
        while rows := cursor.fetchmany(READ_AT_ONCE):
            yield from rows


def _fit(examples: Examples) -> "tuple[list[int], Floats, Floats, float, Measured]":
    import numpy as np
    from sklearn.linear_model import SGDClassifier

    many = len(examples)
    first, second = int(many * LEARNT_FROM), int(many * (LEARNT_FROM + TUNED_ON))
    truth = np.array(examples.labels)
    model = SGDClassifier(loss="log_loss", alpha=1e-5, max_iter=12, tol=None, average=True, random_state=0)
    model.fit(examples.rows[:first], truth[:first])
    labels = [int(label) for label in model.classes_]
    weights, bias = model.coef_.astype(np.float32), model.intercept_.astype(np.float32)
    if len(labels) == 2:  # of two, only one is weighed
        weights, bias = np.vstack([-weights, weights]) / 2, np.concatenate([-bias, bias]) / 2
    scores = np.asarray(examples.rows @ weights.T + bias, dtype=np.float32)
    temperature = _temperature(scores[first:second], truth[first:second], labels)
    return labels, weights, bias, temperature, _measured(scores[second:], truth[second:], labels, temperature)


def _temperature(scores: "Floats", truth: "npt.NDArray[Any]", labels: list[int]) -> float:
    """By how much scores are divided so that the labels that turned out right were as likely as can be said."""
    import numpy as np

    known = np.isin(truth, labels)
    columns = np.searchsorted(labels, truth[known])
    if not len(columns):
        return 1.0
    doubt = 2 / (len(columns) + 2)  # of few that all were right one cannot conclude that all will be
    tried = np.geomspace(0.05, 20, 120)
    losses = [_loss(np.log(softmax(scores[known], float(one)) + 1e-9), columns, doubt) for one in tried]
    return float(tried[int(np.argmin(losses))])


def _loss(likely: "Floats", columns: "npt.NDArray[Any]", doubt: float) -> float:
    """How unlikely what turned out was said to be (logarithms given), with some doubt that another label was as good."""
    turned_out = likely[range(len(columns)), columns].mean()
    return -float((1 - doubt) * turned_out + doubt * likely.mean())


def _measured(scores: "Floats", truth: "npt.NDArray[Any]", labels: list[int], temperature: float) -> Measured:
    likely = softmax(scores, temperature)
    best = likely.argmax(axis=1)
    return measure(
        [
            (min(99, int(float(row[column]) * 100)), labels[int(column)] == int(label))
            for row, column, label in zip(likely, best, truth, strict=True)
        ]
    )
