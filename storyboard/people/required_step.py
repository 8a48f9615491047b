"""Where an installation asks everybody for a second step: first that, then all else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django_htmx.http import HttpResponseClientRedirect

Answer = Callable[[HttpRequest], HttpResponse]
KINDS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
# One's own account, where the step is set up, left, or shown to be one's own.
OPEN = ("mfa_", "account_")
ASKED = "This installation asks everybody for a second step. Set up an app or a passkey to go on."


class AskForSecondStep:
    """Lead whoever has none to the page on which it is set up; nothing where it is a choice."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], *args: Any
    ) -> HttpResponse | None:
        if settings.STORYBOARD_SECOND_STEP != "required" or not getattr(
            view, "login_required", True
        ):
            return None
        name = (request.resolver_match.url_name if request.resolver_match else None) or ""
        if request.user.pk is None or name.startswith(OPEN):
            return None
        if Authenticator.objects.filter(user=request.user.pk, type__in=KINDS).exists():
            return None
        messages.warning(request, ASKED)
        if request.htmx:  # type: ignore[attr-defined]
            return HttpResponseClientRedirect(resolve_url("mfa_index"))
        return redirect("mfa_index")
