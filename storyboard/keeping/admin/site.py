"""The admin's site: no sign-in form of its own, and no page that is not behind our door."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.urls import URLPattern, URLResolver

from storyboard.keeping.views.administration import behind_second_step
from storyboard.people.access import administers

READ = ("GET", "HEAD")
# What is left of the site's own pages. Signing in and out, and the password, are elsewhere.
PAGES = ("index", "app_list", "jsi18n")


def guarded(pattern: URLPattern, methods: Sequence[str] = READ) -> URLPattern:
    """Return the same address behind our door."""
    view = behind_second_step(pattern.callback, methods)
    return URLPattern(pattern.pattern, view, pattern.default_args, pattern.name)


class Administration(AdminSite):
    site_title = "Storyboard"
    site_header = "Storyboard: administration"
    index_title = "Rows, for support"
    index_template = "keeping/administration.html"
    site_url = None
    enable_nav_sidebar = False
    final_catch_all_view = False

    def has_permission(self, request: HttpRequest) -> bool:
        return administers(request)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Return the pages that are left, and those of each kind of row, which guard their own."""
        return [
            guarded(one) if isinstance(one, URLPattern) else one
            for one in super().get_urls()
            if not isinstance(one, URLPattern) or one.name in PAGES
        ]
