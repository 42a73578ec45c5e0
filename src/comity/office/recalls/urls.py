"""Addresses of recall and correction."""

from django.urls import path

from comity.office.recalls import views

urlpatterns = [
    path("messages/<uuid:message_id>/recall/", views.recall, name="recall"),
    path("messages/<uuid:message_id>/correct/", views.correct, name="correct"),
]
