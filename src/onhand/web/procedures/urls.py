"""Addresses of the pages on which procedures are written, looked at and published."""

from django.urls import path

from onhand.web.procedures import editor, pages, trying

app_name = "procedures"

urlpatterns = [
    path("", pages.procedures, name="procedures"),
    path("new/", editor.begin, name="begin"),
    path("shipped/", editor.take_up, name="take_up"),
    path("<id:pk>/", pages.procedure, name="procedure"),
    path("<id:pk>/edit/", editor.edit, name="edit"),
    path("<id:pk>/edit/read/", editor.read, name="read"),
    path("<id:pk>/draft/", pages.draft, name="draft"),
    path("<id:pk>/compare/", pages.compare, name="compare"),
    path("<id:pk>/try/<slug:which>/", trying.walk_by_hand, name="try"),
    path("<id:pk>/versions/<id:number>/", pages.version, name="version"),
]
