"""Addresses of the desk's hits."""

from django.urls import path

from comity.office.hits import views

urlpatterns = [
    path("hits/", views.hits, name="hits"),
    path("hits/found/<uuid:search_id>/<uuid:record_id>/", views.hit_of_search, name="hit_of_search"),
    path("hits/<uuid:hit_id>/", views.hit, name="hit"),
    path("hits/<uuid:hit_id>/decide/", views.decide, name="hit_decide"),
    path("hits/<uuid:hit_id>/outcome/", views.outcome, name="hit_outcome"),
    path("hits/<uuid:hit_id>/tell-owner/", views.tell, name="hit_tell_owner"),
]
