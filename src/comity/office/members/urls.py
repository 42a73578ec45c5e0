"""Address of the member directory."""

from django.urls import path

from comity.office.members import views

urlpatterns = [path("directory/", views.directory, name="directory")]
