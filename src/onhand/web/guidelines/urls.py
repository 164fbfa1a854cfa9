"""Addresses of the pages about guidelines and limits."""

from django.urls import path

from onhand.web.guidelines import contradictions, editor, files, limits, notices, pages, trials

app_name = "guidelines"

urlpatterns = [
    path("", pages.guidelines, name="guidelines"),
    path("new/", editor.begin, name="begin"),
    path("shipped/", editor.take_up, name="take_up"),
    path("limits/", limits.limits, name="limits"),
    path("notices/", notices.notices, name="notices"),
    path("notices/<id:pk>/", notices.notice, name="notice"),
    path("trials/<id:pk>/", trials.trial, name="trial"),
    path("<id:pk>/try/", trials.begin, name="try"),
    path("<id:pk>/", pages.guideline, name="guideline"),
    path("<id:pk>/edit/", editor.edit, name="edit"),
    path("<id:pk>/draft/", pages.draft, name="draft"),
    path("<id:pk>/contradictions/", contradictions.found, name="contradictions"),
    path("<id:pk>/compare/", pages.compare, name="compare"),
    path("<id:pk>/dmn/", files.upload, name="upload"),
    path("<id:pk>/versions/<id:number>/", pages.version, name="version"),
    path("<id:pk>/versions/<slug:which>/file.dmn", files.download, name="download"),
]
