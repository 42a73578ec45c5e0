"""Address at which the desk takes note of a clock."""

from django.urls import path

from comity.office.clocks import views

urlpatterns = [path("messages/<uuid:message_id>/seen/", views.seen, name="clock_seen")]
