"""Addresses of the desk's inbox."""

from django.urls import path

from comity.office.messages import composing, passing_on, set_aside, views

urlpatterns = [
    path("inbox/", views.inbox, name="inbox"),
    path("threads/new/", composing.compose, name="compose"),
    path("threads/new/fields/", composing.compose_fields, name="compose_fields"),
    path("threads/new/reach/", composing.compose_reach, name="compose_reach"),
    path("messages/<uuid:message_id>/pass-on/", passing_on.message_pass_on, name="message_pass_on"),
    path("alarms/<int:alarm_id>/set-aside/", set_aside.alarm_set_aside, name="alarm_set_aside"),
    path("threads/<uuid:thread_id>/", views.thread, name="thread"),
    path("threads/<uuid:thread_id>/read/", views.thread_read, name="thread_read"),
]
