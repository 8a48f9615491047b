"""The addresses of films to download: one address, one act; every write is a POST."""

from __future__ import annotations

from django.urls import include, path

from storyboard.exports.views import account, films

# /films/<pk>/
film_urls = [
    path("again/", films.film_again, name="film_again"),
    path("cancel/", films.film_cancel, name="film_cancel"),
    path("delete/", films.film_delete, name="film_delete"),
    path("download/", films.film_download, name="film_download"),
    path("captions.vtt", films.film_captions, {"kind": "vtt"}, name="film_vtt"),
    path("captions.srt", films.film_captions, {"kind": "srt"}, name="film_srt"),
]

urlpatterns = [
    path("accounts/export/", account.account_export, name="account_export"),
    path("accounts/delete/", account.account_delete, name="account_delete"),
    path("projects/<int:pk>/films/", films.film_list, name="film_list"),
    path("projects/<int:pk>/films/new/", films.film_create, name="film_create"),
    path("films/<int:pk>/", include(film_urls)),
]
