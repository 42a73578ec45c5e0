"""Address of the journal."""

from django.urls import path

from comity.office.supervision import views

urlpatterns = [path("journal/", views.journal, name="journal")]
