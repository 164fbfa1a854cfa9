"""Addresses of the floor."""

from django.urls import URLPattern, URLResolver, path

from onhand.web.floor import approvals, callbacks, people, views

app_name = "floor"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    path("teams/<int:team_id>/", views.team, name="team"),
    path("queues/<int:queue_id>/", views.queue, name="queue"),
    path("people/", people.people, name="people"),
    path("evenness/", people.evenness, name="evenness"),
    path("people/<int:representative_id>/", views.person, name="person"),
    path("work/<int:item_id>/", views.work, name="work"),
    path("approvals/", approvals.approvals, name="approvals"),
    path("approvals/<int:approval_id>/", approvals.allow, name="allow"),
    path("callbacks/", callbacks.callbacks, name="callbacks"),
]
