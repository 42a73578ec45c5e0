"""Addresses of what waits for a second person."""

from django.urls import path

from comity.office.approvals import views

urlpatterns = [
    path("approvals/", views.approvals, name="approvals"),
    path("approvals/<uuid:approval_id>/", views.approval, name="approval"),
    path("approvals/<uuid:approval_id>/approve/", views.approve, name="approval_approve"),
    path("approvals/<uuid:approval_id>/refuse/", views.refuse, name="approval_refuse"),
]
