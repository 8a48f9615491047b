"""The addresses of the installation itself; monitoring asks these two, without an account."""

from __future__ import annotations

from django.urls import path

from storyboard.keeping.views import health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("metrics", health.metrics, name="metrics"),
]
