"""Pages of files."""

from django.urls import path

from comity.office.attachments import views

urlpatterns = [
    path("attachments/", views.new, name="attachment_new"),
    path("attachments/<uuid:attachment_id>/", views.attachment, name="attachment"),
    path("attachments/<uuid:attachment_id>/preview", views.preview, name="attachment_preview"),
    path("attachments/<uuid:attachment_id>/original", views.original, name="attachment_original"),
    path("attachments/<uuid:attachment_id>/fetch", views.fetch, name="attachment_fetch"),
    path("attachments/<uuid:attachment_id>/parts/<int:number>", views.part, name="attachment_part"),
    path("attachments/<uuid:attachment_id>/complete", views.complete, name="attachment_complete"),
]
