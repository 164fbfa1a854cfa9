"""What pages themselves keep: what people typed and have not sent yet, and who has which page open."""

from django.db import models


class Draft(models.Model):
    """Unsent text of one person, under the key of the field or form it was typed into."""

    person = models.ForeignKey("staff.Representative", on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    text = models.TextField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "key"], name="draft_once")]
        indexes = [models.Index(fields=["person", "-updated_at"], name="draft_newest_first")]


class Presence(models.Model):
    """
    That a person has a page open which follows `topic`, by one web process. A row counts as long as the database session that wrote
    it lives: when a process dies its session does, and with it every presence it kept. The table is not logged; after a crash of
    the server every process writes its rows again.
    """

    topic = models.CharField(max_length=100)
    person = models.ForeignKey("staff.Representative", on_delete=models.CASCADE, db_index=False, related_name="+")
    session_pid = models.IntegerField()
    session_began = models.DateTimeField()
    since = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["topic", "person", "session_pid", "session_began"], name="presence_once")
        ]
