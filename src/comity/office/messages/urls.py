"""Addresses of the desk's inbox."""

from django.urls import path

from comity.office.messages import views

urlpatterns = [
    path("inbox/", views.inbox, name="inbox"),
    path("threads/new/", views.compose, name="compose"),
    path("threads/<uuid:thread_id>/", views.thread, name="thread"),
    path("threads/<uuid:thread_id>/read/", views.thread_read, name="thread_read"),
]
