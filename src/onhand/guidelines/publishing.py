"""Guidelines put into force by the product itself: what comes with it, for a company that begins."""

import json
from datetime import datetime

from onhand.guidelines.documents import Document, as_json
from onhand.guidelines.models import Guideline
from onhand.kernel.actor import system_actor
from onhand.kernel.perform import perform


def publish_for_company(name: str, document: Document, *, at: datetime) -> Guideline:
    """
    Write a guideline, have it looked at as any other is (it must be readable, its test cases must come out right), and publish it.

    :raises ActError: it cannot be published, or there is one of that name.
    """
    actor = system_actor("guidelines")
    text = json.dumps(as_json(document), ensure_ascii=False)
    made = perform("guidelines.add_guideline", actor=actor, arguments={"name": name, "document": text}, at=at)
    for act in ("guidelines.submit_guideline", "guidelines.publish_guideline"):
        perform(act, actor=actor, arguments={}, at=at, subject_id=made.subject_id)
    return Guideline.objects.get(name=name)
