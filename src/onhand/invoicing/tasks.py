"""What the jobs part does about documents: their files, made after they are issued."""

from django.utils import timezone
from procrastinate.contrib.django import app

from onhand.invoicing.files import keep_files


@app.task(name="invoicing.make_files")
def make_files(document_id: int) -> None:
    """Make the files of a document, where they are not made yet."""
    keep_files(document_id, timezone.now())
