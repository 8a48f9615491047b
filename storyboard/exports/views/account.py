"""Taking one's data along, and deleting one's account."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import logout
from django.db import transaction
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from storyboard.exports.leaving import OwnsAlone, data_of, delete_account
from storyboard.people.activity import record
from storyboard.people.forms import LeavingForm
from storyboard.people.models import Act
from storyboard.people.pace import paced
from storyboard.people.requests import Request
from storyboard.people.sign_ins import note
from storyboard.people.signed_in import clears_browser
from storyboard.people.views.account_page import show_account


@require_GET
@paced("export")
def account_export(request: Request) -> HttpResponse:
    answer = JsonResponse(data_of(request.user), json_dumps_params={"indent": 2})
    answer.headers["Content-Disposition"] = 'attachment; filename="storyboard-account.json"'
    return answer


@require_POST
@clears_browser
def account_delete(request: Request) -> HttpResponse:
    form = LeavingForm(request.user, request.POST)
    status = form.judge(request)
    if status != 200:
        return show_account(request, status=status, leaving_form=form)
    stories = [guest.project for guest in request.user.guest_of.select_related("project__team")]
    leaver = request.user.pk
    try:
        with transaction.atomic():
            for team in delete_account(request.user, timezone.now()):
                record(request, team, Act.LEFT, "deleted their account")
            for story in stories:
                record(request, story.team, Act.GUEST_LEFT, f"{story}, deleted their account")
    except OwnsAlone as exc:
        form.add_error(
            None,
            f"Others work in {exc}, and you alone own it. Make one of them an owner first. "
            "Nothing was deleted.",
        )
        return show_account(request, status=409, leaving_form=form)
    note("deleted their account", leaver, request)
    logout(request)
    messages.success(request, "Your account is deleted.")
    return redirect("account_login")
