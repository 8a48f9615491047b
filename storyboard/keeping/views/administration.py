"""The door to the rows: open to the keeper behind a second step, not there for anybody else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.views.decorators.common import no_append_slash
from django.views.decorators.csrf import csrf_exempt

from storyboard.people.access import SecondStepMissing, require_administrator

View = Callable[..., HttpResponse]
Kind = Authenticator.Type


def behind_second_step(view: View, methods: Sequence[str]) -> View:
    """Let nobody see that there is a page but whom it opens to; other methods are refused.

    So nothing of Django's is asked before: no way to the sign-in page, no slash that is added,
    no word about a token. The pages themselves ask for the token, behind this door.
    """

    @login_not_required
    @no_append_slash
    @csrf_exempt
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            require_administrator(request)
        except SecondStepMissing:
            return _ask_for_it(request)
        if request.method not in methods:
            return HttpResponseNotAllowed(methods)
        return view(request, *args, **kwargs)

    return answer


def _ask_for_it(request: HttpRequest) -> HttpResponse:
    """Say what is missing: a second step at all, or its use in this browser."""
    context = {
        "has_codes": is_mfa_enabled(request.user, types=(Kind.TOTP, Kind.RECOVERY_CODES)),
        "has_passkey": is_mfa_enabled(request.user, types=(Kind.WEBAUTHN,)),
        "page": request.get_full_path() if request.method == "GET" else "",
    }
    return TemplateResponse(
        request, "keeping/second_step_missing.html", context, status=HTTPStatus.FORBIDDEN
    )
