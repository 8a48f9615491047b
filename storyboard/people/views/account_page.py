"""One's own account on one page: name, password, devices, what one takes along, and leaving."""

from __future__ import annotations

from typing import Any

from allauth.account.decorators import reauthentication_required
from allauth.mfa.utils import is_mfa_enabled
from allauth.usersessions.internal.flows.sessions import end_sessions as end_listed
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from storyboard.people.forms import AccountNameForm, LeavingForm
from storyboard.people.models import User
from storyboard.people.requests import Request
from storyboard.people.sessions import devices_of, end_sessions
from storyboard.people.sign_ins import note
from storyboard.people.templatetags.people import browser


def show_account(request: Request, *, status: int = 200, **forms: Any) -> HttpResponse:
    """Show the page; a form that was refused comes with what was typed."""
    here = request.session.session_key
    devices = devices_of(request.user, here=here)
    context = {
        "name_form": AccountNameForm(instance=request.user),
        "leaving_form": LeavingForm(request.user),
        "devices": sorted(devices, key=lambda one: one.created_at, reverse=True),
        "has_second_step": is_mfa_enabled(request.user),
        "this_device": here,
    }
    return TemplateResponse(request, "people/account.html", context | forms, status=status)


@require_GET
def account_page(request: Request) -> HttpResponse:
    return show_account(request)


@require_POST
def account_name(request: Request) -> HttpResponse:
    # The page shows the account as it is, whatever the form makes of its own copy.
    form = AccountNameForm(request.POST, instance=User.objects.get(pk=request.user.pk))
    if not form.is_valid():
        return show_account(request, status=422, name_form=form)
    # Of the row the name alone, for meanwhile it may have been switched off.
    form.instance.save(update_fields=("name",))
    messages.success(request, "Your name is stored.")
    return redirect("account_page")


@require_http_methods(["GET", "POST"])
@reauthentication_required(allow_get=True)  # type: ignore[untyped-decorator]
def account_devices_end(request: Request) -> HttpResponse:
    if request.method == "GET":
        return _press_again(request)
    end_sessions(request.user, but=request.session.session_key)
    note("signed out everywhere else", request.user.pk, request)
    messages.success(request, "You are signed out everywhere but here.")
    return redirect("account_page")


@require_http_methods(["GET", "POST"])
@reauthentication_required(allow_get=True)  # type: ignore[untyped-decorator]
def account_device_end(request: Request, pk: int) -> HttpResponse:
    device = get_object_or_404(UserSession, pk=pk, user=request.user)
    if request.method == "GET":
        return _press_again(request)
    end_listed(request, [device])
    note("signed out another browser", device.user_id, request)
    messages.success(request, f"You are signed out of {browser(device.user_agent)}.")
    return redirect("account_page")


def _press_again(request: Request) -> HttpResponse:
    """Answer whom allauth leads back after the password, having forgotten what they pressed.

    It remembers one press of a browser, and a second tab may have made another since.
    """
    messages.info(request, "Nobody was signed out yet. Press again.")
    return redirect("account_page")
