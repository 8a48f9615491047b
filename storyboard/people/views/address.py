"""The address one signs in with: asking for another, and confirming it from its mailbox."""

from __future__ import annotations

from typing import cast

from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from storyboard.people import letters
from storyboard.people.address import Change, ChangeEnded, is_taken
from storyboard.people.forms import AddressForm
from storyboard.people.links import full_address
from storyboard.people.requests import Request
from storyboard.people.sign_ins import note


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def account_address(request: Request) -> HttpResponse:
    """Write to the new address; the page says the same whether somebody has it or not."""
    if request.method != "POST":
        return _show(request, AddressForm(request.user))
    refused = ratelimit.consume_or_429(request, action="manage_email", user=request.user)
    if refused:
        return cast("HttpResponse", refused)
    form = AddressForm(request.user, request.POST)
    if not form.is_valid():
        return _show(request, form, status=422)
    address = form.cleaned_data["email"]
    if is_taken(address):
        sent = letters.send("people/mail/address_taken.txt", address, "your new address", {})
    else:
        token = Change(request.user, address).token()
        link = full_address(request, reverse("account_address_confirm", args=(token,)))
        told = {"link": link, "user": request.user}
        sent = letters.send("people/mail/address.txt", address, "confirm your address", told)
    if not sent:
        form.add_error(None, letters.NOT_SENT)
        return _show(request, form, status=503)
    return TemplateResponse(request, "people/address_sent.html", {"address": address})


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def account_address_confirm(request: HttpRequest, wish: str) -> HttpResponse:
    """Change the address by a button: looking changes nothing, so previews cannot do it."""
    try:
        change = Change.read(wish)
        if request.method != "POST":
            return TemplateResponse(request, "people/address_confirm.html", {"change": change})
        before = change.user.email
        change.make()
        note("changed the address they sign in with", change.user.pk, request)
    except ChangeEnded:
        return TemplateResponse(request, "people/address_ended.html", status=410)
    told = {"address": change.address}
    letters.send("people/mail/address_changed.txt", before, "your address was changed", told)
    if not request.user.is_authenticated or request.user.pk == change.user.pk:
        said = f"You sign in with {change.address} from now on."
    else:
        here = f"Here you are signed in as {request.user}."
        said = f"{change.user} signs in with {change.address} from now on. {here}"
    messages.success(request, said)
    return redirect("account_page" if request.user.is_authenticated else "account_login")


def _show(request: Request, form: AddressForm, *, status: int = 200) -> HttpResponse:
    return TemplateResponse(request, "people/address.html", {"form": form}, status=status)
