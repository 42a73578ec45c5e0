"""Addresses of the desk's cases."""

from django.urls import path

from comity.office.cases import item_views, views

_ONE = "cases/<uuid:case_id>/"
_ITEM = f"{_ONE}items/<uuid:item_id>/"

urlpatterns = [
    path("cases/", views.cases, name="cases"),
    path("cases/new/", views.new, name="case_new"),
    path("cases/add/", item_views.add, name="case_add"),
    path(_ONE, views.case, name="case"),
    path(f"{_ONE}change/", views.change, name="case_change"),
    path(f"{_ONE}take/", views.take, name="case_take"),
    path(f"{_ONE}merge/", views.merge, name="case_merge"),
    path(f"{_ONE}notes/", item_views.note, name="case_note"),
    path(f"{_ONE}tasks/", item_views.task, name="case_task"),
    path(f"{_ONE}entities/<str:kind>/", item_views.entity, name="case_entity"),
    path(f"{_ONE}findings/", item_views.finding, name="case_finding"),
    path(f"{_ONE}steps/<uuid:step_id>/undo/", item_views.undo, name="case_undo"),
    path(f"{_ITEM}task/", item_views.change_task, name="case_task_change"),
    path(f"{_ITEM}done/", item_views.done, name="case_task_done"),
    path(f"{_ITEM}detach/", item_views.detach, name="case_detach"),
    path(f"{_ITEM}move/", item_views.move, name="case_move"),
    path(f"{_ITEM}finding/", item_views.mark, name="case_mark"),
]
