"""Django's registration of the app."""

from django.apps import AppConfig


class PagesConfig(AppConfig):
    """The frame of all pages, and the officer's search."""

    name = "comity.office.pages"
    label = "pages"
