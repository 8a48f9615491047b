"""The request that a view gets, typed: signed in, and perhaps asked by htmx."""

from __future__ import annotations

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from storyboard.people.models import User


class Request(HttpRequest):
    user: User
    htmx: HtmxDetails
