"""The second step of signing in, on one page; allauth does the rest of it."""

from __future__ import annotations

from typing import Any, cast

from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.account.decorators import reauthentication_required
from allauth.core import ratelimit
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.views import AddWebAuthnView, ReauthenticateWebAuthnView
from django.contrib import messages
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_GET, require_http_methods, require_safe
from django.views.generic.edit import FormView

from storyboard.people import recovery
from storyboard.people.models import User
from storyboard.people.requests import Request
from storyboard.people.second_step import passkeys_work
from storyboard.people.sessions import devices_of
from storyboard.people.sign_ins import note

Kind = Authenticator.Type
ON_ALREADY = "The app is on already. If you have not seen its recovery codes, make new ones."


@require_GET
def second_step(request: Request) -> HttpResponse:
    mine = list(Authenticator.objects.filter(user=request.user).order_by("created_at", "pk"))
    codes = next((one for one in mine if one.type == Kind.RECOVERY_CODES), None)
    here = request.session.session_key
    devices = devices_of(request.user, here=here)
    context = {
        "elsewhere": sum(one.session_key != here for one in devices),
        "app": next((one for one in mine if one.type == Kind.TOTP), None),
        "passkeys": [one for one in mine if one.type == Kind.WEBAUTHN],
        "codes_left": recovery.left(codes) if codes else None,
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


class ShowsFirstCodes(FormView):
    """The page of an app or a passkey that is set up, and of its codes after it."""

    def form_valid(self, form: BaseForm) -> HttpResponse:
        response = super().form_valid(form)
        return _first_codes(self.request) or response

    def form_invalid(self, form: BaseForm) -> HttpResponse:
        response = super().form_invalid(form)
        response.status_code = 422
        return response


class AppOnView(ShowsFirstCodes, ActivateTOTPView):  # type: ignore[misc]
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Lead to the codes of an app that is on: who pressed twice saw the second answer alone."""
        if _has(request, Kind.TOTP):
            if request.method == "POST":
                messages.info(request, ON_ALREADY)
            return redirect("mfa_index")
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return response


class NewPasskeyView(ShowsFirstCodes, AddWebAuthnView):  # type: ignore[misc]
    pass


@require_safe
def recovery_codes(request: Request) -> HttpResponse:
    """Say how many are left; they themselves stood on the page of when they were made."""
    row = Authenticator.objects.filter(user=request.user, type=recovery.KIND).first()
    if row is None:
        return redirect("mfa_index")
    context = {"left": recovery.left(row), "total": recovery.COUNT}
    return TemplateResponse(request, "mfa/recovery_codes/index.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def recovery_codes_new(request: Request) -> HttpResponse:
    if not _has(request, Kind.TOTP, Kind.WEBAUTHN):
        return redirect("mfa_index")
    return _recovery_codes_new(request)  # type: ignore[no-any-return]


@reauthentication_required(app="allauth.mfa")  # type: ignore[untyped-decorator]
def _recovery_codes_new(request: Request) -> HttpResponse:
    if request.method == "POST":
        refused = ratelimit.consume_or_429(request, action="codes", user=request.user)
        if refused:
            return cast("HttpResponse", refused)
        response = _show_new_codes(request)
        account = get_account_adapter(request)
        account.send_notification_mail("mfa/email/recovery_codes_generated", request.user)
        return response
    row = Authenticator.objects.filter(user=request.user, type=recovery.KIND).first()
    context = {"left": recovery.left(row) if row else 0}
    return TemplateResponse(request, "mfa/recovery_codes/generate.html", context)


def _first_codes(request: HttpRequest) -> HttpResponse | None:
    """Show ten codes to whoever has just set up the first app or passkey."""
    return None if _has(request, Kind.RECOVERY_CODES) else _show_new_codes(request)


def _show_new_codes(request: HttpRequest) -> HttpResponse:
    """Answer with the codes themselves: this answer is the only place where they ever stand."""
    user = cast("User", request.user)
    codes = recovery.make(user)
    note("made new recovery codes", user.pk, request)
    context = {"codes": [recovery.in_groups(code) for code in codes]}
    return TemplateResponse(request, "mfa/recovery_codes/index.html", context, status=201)


class PasskeyAgainView(ReauthenticateWebAuthnView):  # type: ignore[misc]
    def form_invalid(self, form: BaseForm) -> HttpResponse:
        """Stay here with what was wrong: allauth leads to the sign-in page."""
        context = self.get_context_data() | {"form": form}
        response: HttpResponse = self.render_to_response(context, status=422)
        return response


def _has(request: HttpRequest, *kinds: str) -> bool:
    found: bool = Authenticator.objects.filter(user=request.user.pk, type__in=kinds).exists()
    return found
