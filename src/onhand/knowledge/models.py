"""Articles and standard responses, with every version they ever had."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from onhand.kernel.models import Versioned
from onhand.knowledge.enums import ArticleState, Audience
from onhand.staff.models import Representative, Team

LONGEST_TITLE = 200
LONGEST_BODY = 50_000
LONGEST_RESPONSE = 10_000


class Article(Versioned):
    """
    An article in one language. `title`, `body` and `audience` are those of its newest version; `published` is the one readers see,
    if any. A translation names its `original`, which is in another language.
    """

    language = models.CharField(max_length=10)
    original = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="translations")
    title = models.CharField(max_length=LONGEST_TITLE)
    body = models.TextField()
    audience = models.CharField(max_length=10, choices=Audience)
    state = models.CharField(max_length=10, choices=ArticleState, default=ArticleState.DRAFT)
    newest = models.PositiveIntegerField(default=1)  # number of the newest version
    published = models.ForeignKey("ArticleVersion", null=True, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField(null=True)
    published_by = models.CharField(max_length=200, blank=True, default="")
    category = models.CharField(max_length=60, blank=True, default="")
    keywords = ArrayField(models.CharField(max_length=60), default=list)
    owner = models.ForeignKey(Representative, null=True, on_delete=models.SET_NULL, related_name="+")
    review_on = models.DateField(null=True)
    public_url = models.CharField(max_length=500, blank=True, default="")
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["original", "language"], name="article_translation_once"),
            models.CheckConstraint(
                condition=models.Q(state=ArticleState.PUBLISHED, published__isnull=False)
                | ~models.Q(state=ArticleState.PUBLISHED),
                name="article_published_has_version",
            ),
        ]
        indexes = [models.Index(fields=["review_on"], name="article_by_review")]


class ArticleVersion(models.Model):
    """What an article said from one change to the next. The database refuses to change or delete it."""

    article = models.ForeignKey(Article, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=LONGEST_TITLE)
    body = models.TextField()
    audience = models.CharField(max_length=10, choices=Audience)
    author_id = models.BigIntegerField(null=True)
    author_name = models.CharField(max_length=200)
    written_at = models.DateTimeField()
    note = models.CharField(max_length=300, blank=True, default="")  # what was changed, in the author's words

    class Meta:
        constraints = [models.UniqueConstraint(fields=["article", "number"], name="article_version_number")]


class PublishedArticle(models.Model):
    """What readers find: one row for each article that is out, with its words as they are searched."""

    article = models.OneToOneField(Article, primary_key=True, on_delete=models.CASCADE, related_name="out")
    article_version = models.ForeignKey(ArticleVersion, on_delete=models.PROTECT, related_name="+")
    language = models.CharField(max_length=10)
    audience = models.CharField(max_length=10, choices=Audience)
    category = models.CharField(max_length=60, blank=True, default="")
    title = models.CharField(max_length=LONGEST_TITLE)
    text = models.TextField()
    words = SearchVectorField()
    folded = ArrayField(models.TextField(), default=list)  # its different words, as they are counted in ArticleWord

    class Meta:
        indexes = [
            GinIndex(fields=["words"], name="published_by_words"),
            models.Index(fields=["title", "article"], name="published_by_title"),
        ]


class ArticleWord(models.Model):
    """
    One of the different words of published articles, folded. `keys` are numbers of what is left of it when letters are taken out, which
    words like it share; `articles` says how many have it.
    """

    word = models.CharField(max_length=80, primary_key=True)
    keys = ArrayField(models.IntegerField())
    articles = models.IntegerField(default=1)

    class Meta:
        indexes = [GinIndex(fields=["keys"], name="article_word_by_keys")]


class StandardResponse(Versioned):
    """
    A text kept ready for answers, in several languages. Without channels or teams it is offered everywhere. `acts` are those offered
    with it, each `{"act": name, "arguments": {…}}`.
    """

    name = models.CharField(max_length=120)
    shortcut = models.CharField(max_length=30, unique=True)
    texts = models.JSONField(default=dict)  # language → text
    channels = ArrayField(models.CharField(max_length=20), default=list)
    teams = models.ManyToManyField(Team, blank=True, related_name="+")
    acts = models.JSONField(default=list)
    is_withdrawn = models.BooleanField(default=False)
    newest = models.PositiveIntegerField(default=1)
    search_text = models.TextField(default="")  # folded: shortcut, name, texts
    changed_at = models.DateTimeField()


class ResponseVersion(models.Model):
    """What a standard response was from one change to the next. The database refuses to change or delete it."""

    response = models.ForeignKey(StandardResponse, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=120)
    shortcut = models.CharField(max_length=30)
    texts = models.JSONField()
    channels = ArrayField(models.CharField(max_length=20))
    team_names = ArrayField(models.CharField(max_length=100))
    acts = models.JSONField()
    author_id = models.BigIntegerField(null=True)
    author_name = models.CharField(max_length=200)
    written_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["response", "number"], name="response_version_number")]


class ResponseUse(models.Model):
    """How often a standard response was used on one day in one language; nobody's name and no customer stands here."""

    response = models.ForeignKey(StandardResponse, on_delete=models.CASCADE, related_name="used")
    day = models.DateField()
    language = models.CharField(max_length=10)
    uses = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["response", "day", "language"], name="response_use_once")]
