"""The addresses of the installation itself; monitoring asks the first two, without an account."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from storyboard.keeping.admin import administration
from storyboard.keeping.views import accounts, health, installation, letters, safe_mode

# /safe-mode/
safe_mode_urls = [
    path("", safe_mode.safe_mode_show, name="safe_mode_show"),
    path("release/", safe_mode.safe_mode_release, name="safe_mode_release"),
    path("renders/<int:pk>/send/", safe_mode.held_send, name="held_send"),
    path("renders/<int:pk>/let-go/", safe_mode.held_let_go, name="held_let_go"),
]

# /installation/users/<pk>/
user_urls = [
    path("", accounts.user_detail, name="user_detail"),
    path("switch-off/", accounts.user_switch_off, name="user_switch_off"),
    path("switch-on/", accounts.user_switch_on, name="user_switch_on"),
    path("sign-out/", accounts.user_sign_out, name="user_sign_out"),
    path("second-step/off/", accounts.user_second_step_off, name="user_second_step_off"),
    path("password-link/", accounts.user_password_link, name="user_password_link"),
]

# /installation/
installation_urls: list[URLPattern | URLResolver] = [
    path("", installation.installation_show, name="installation_show"),
    path("users/", accounts.user_list, name="user_list"),
    path("users/<int:pk>/", include(user_urls)),
    path("teams/", installation.installation_teams, name="installation_teams"),
    path("letters/", letters.letter_list, name="letter_list"),
    path("letters/<int:pk>/open/", letters.letter_open, name="letter_open"),
    path("activity/", installation.installation_activity, name="installation_activity"),
]

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("metrics", health.metrics, name="metrics"),
    path("admin/", administration.urls),
    path("installation/", include(installation_urls)),
    path("safe-mode/", include(safe_mode_urls)),
]
