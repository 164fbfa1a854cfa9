"""What typed words are compared with."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models


class Word(models.Model):
    """
    One of the different words in customers' search texts. `keys` are numbers of what is left of it when letters are taken out: two
    words within an error or two of each other share one. `customers` says how many have it, as last counted: an estimate, none
    for a word that nobody had any more.
    """

    word = models.CharField(max_length=80, primary_key=True)
    keys = ArrayField(models.IntegerField())
    customers = models.IntegerField(default=1)

    class Meta:
        indexes = [GinIndex(fields=["keys"], name="word_by_keys")]
