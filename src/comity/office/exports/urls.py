"""Address of the export of a thread."""

from django.urls import path

from comity.office.exports import views

urlpatterns = [path("threads/<uuid:thread_id>/export/", views.export, name="export")]
