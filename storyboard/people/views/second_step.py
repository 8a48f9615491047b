"""The second step of signing in, on one page; allauth does the rest of it."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView, ViewRecoveryCodesView
from allauth.mfa.totp.views import DeactivateTOTPView
from allauth.mfa.webauthn.views import ReauthenticateWebAuthnView
from allauth.usersessions.models import UserSession
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_GET

from storyboard.people.requests import Request
from storyboard.people.second_step import passkeys_work

Kind = Authenticator.Type


@require_GET
def second_step(request: Request) -> HttpResponse:
    mine = list(Authenticator.objects.filter(user=request.user).order_by("created_at", "pk"))
    codes = next((one for one in mine if one.type == Kind.RECOVERY_CODES), None)
    devices = UserSession.objects.purge_and_list(request.user)
    context = {
        "elsewhere": sum(one.session_key != request.session.session_key for one in devices),
        "app": next((one for one in mine if one.type == Kind.TOTP), None),
        "passkeys": [one for one in mine if one.type == Kind.WEBAUTHN],
        "codes_left": len(codes.wrap().get_unused_codes()) if codes else None,
        "is_on": any(one.type != Kind.RECOVERY_CODES for one in mine),
        "passkeys_work": passkeys_work(request),
    }
    return TemplateResponse(request, "mfa/index.html", context)


class AppOffView(DeactivateTOTPView):  # type: ignore[misc]
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Show what there is instead of a missing page, where it is off already."""
        if not _has(request, Kind.TOTP):
            return redirect("mfa_index")
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return response


class RecoveryCodesView(ViewRecoveryCodesView):  # type: ignore[misc]
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not _has(request, Kind.RECOVERY_CODES):
            return redirect("mfa_index")
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return response


class NewRecoveryCodesView(GenerateRecoveryCodesView):  # type: ignore[misc]
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not _has(request, Kind.TOTP, Kind.WEBAUTHN):
            return redirect("mfa_index")
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return response


class PasskeyAgainView(ReauthenticateWebAuthnView):  # type: ignore[misc]
    def form_invalid(self, form: BaseForm) -> HttpResponse:
        """Stay here with what was wrong: allauth leads to the sign-in page."""
        context = self.get_context_data() | {"form": form}
        response: HttpResponse = self.render_to_response(context, status=422)
        return response


def _has(request: HttpRequest, *kinds: str) -> bool:
    found: bool = Authenticator.objects.filter(user=request.user.pk, type__in=kinds).exists()
    return found
