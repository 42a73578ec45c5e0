"""Addresses of what waits for release."""

from django.urls import path

from comity.office.releases import views

urlpatterns = [
    path("releases/", views.releases, name="releases"),
    path("releases/<uuid:submission_id>/again/", views.release_again, name="release_again"),
]
