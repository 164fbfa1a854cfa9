"""Addresses of the customers' pages. What stands in for a token keeps its form, so that a page of ours is never taken for one."""

from django.urls import path, register_converter

from onhand.contacts.surveys.tokens import LINK
from onhand.web.surveys import views


class SurveyToken:
    """What the link in a survey's mail holds."""

    regex = LINK

    def to_python(self, value: str) -> str:
        """The token in an address."""
        return value

    def to_url(self, value: str) -> str:
        """The address of a token."""
        return value


register_converter(SurveyToken, "survey_token")
app_name = "surveys"

urlpatterns = [
    path("<survey_token:token>/", views.answer, name="answer"),
    path("<survey_token:token>/no-more/", views.no_more, name="no_more"),
]
