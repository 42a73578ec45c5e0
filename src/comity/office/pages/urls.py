"""Addresses of the frame and of the officer's search."""

from django.urls import path

from comity.office.pages import views

urlpatterns = [
    path("", views.home, name="home"),
    path("search/", views.search, name="search"),
    path("live/", views.live, name="live"),
    path("language/", views.language, name="language"),
    path("preferences/", views.preferences, name="preferences"),
]
