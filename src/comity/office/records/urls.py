"""Addresses of the owner's records."""

from django.urls import path

from comity.office.records import upload_views, views

urlpatterns = [
    path("records/", views.records, name="records"),
    path("records/new/<str:collection>/", views.record_new, name="record_new"),
    path("records/upload/", upload_views.upload, name="record_upload"),
    path("records/<uuid:record_id>/", views.record, name="record"),
    path("records/<uuid:record_id>/change/", views.record_change, name="record_change"),
    path("records/<uuid:record_id>/withdraw/", views.record_withdraw, name="record_withdraw"),
]
