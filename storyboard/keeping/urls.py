"""The addresses of the installation itself; monitoring asks the first two, without an account."""

from __future__ import annotations

from django.urls import include, path

from storyboard.keeping.views import health, safe_mode

# /safe-mode/
safe_mode_urls = [
    path("", safe_mode.safe_mode_show, name="safe_mode_show"),
    path("release/", safe_mode.safe_mode_release, name="safe_mode_release"),
    path("renders/<int:pk>/send/", safe_mode.held_send, name="held_send"),
    path("renders/<int:pk>/let-go/", safe_mode.held_let_go, name="held_let_go"),
]

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("metrics", health.metrics, name="metrics"),
    path("safe-mode/", include(safe_mode_urls)),
]
