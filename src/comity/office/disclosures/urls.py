"""Address of the request to show a message to the secretariat."""

from django.urls import path

from comity.office.disclosures import views

urlpatterns = [path("messages/<uuid:message_id>/disclose/", views.disclose, name="disclose")]
