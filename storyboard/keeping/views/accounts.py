"""The accounts of the installation, and what its keeper may do to each; told to the log of it."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from storyboard.keeping.roster import asked_words, users
from storyboard.people import letters, second_step
from storyboard.people.access import require_keeper
from storyboard.people.activity import record_keeping
from storyboard.people.forms import PasswordAgainForm
from storyboard.people.models import Invitation, KeeperAct, User
from storyboard.people.requests import Request
from storyboard.people.resetting import reset_link
from storyboard.people.sessions import devices_of, end_sessions

PAGE_SIZE = 50
YOURSELF = "This is your own account: see to it on its own page. Nothing was changed."
MAIL_IS_SENT = "Mail is sent here: they ask for a link on the sign-in page. None was made."
IS_OFF = "This account is switched off, so no link would let it in. None was made."
# The page has another form that asks for the password.
LINK_NAMES = "link-%s"


def show_user(request: Request, user: User, *, status: int = 200, **said: object) -> HttpResponse:
    """Show the account's page; `said` is what this answer adds to it."""
    context = {
        "person": user,
        "is_self": user == request.user,
        "memberships": user.memberships.select_related("team").order_by("-team__personal", "pk"),
        "guest_of": user.guest_of.count(),
        "devices": len(devices_of(user)),
        "has_second_step": second_step.is_on(user),
        "form": PasswordAgainForm(request.user),
        "link_form": PasswordAgainForm(request.user, auto_id=LINK_NAMES),
        "mails": settings.SENDS_MAIL,
    }
    return TemplateResponse(request, "keeping/user.html", context | said, status=status)


@require_GET
def user_list(request: Request) -> HttpResponse:
    require_keeper(request.user)
    words = asked_words(request)
    page = Paginator(users(words), PAGE_SIZE).get_page(request.GET.get("page"))
    template = "keeping/_users.html" if request.htmx else "keeping/users.html"
    return TemplateResponse(request, template, {"page": page, "query": words})


@require_GET
def user_detail(request: Request, pk: int) -> HttpResponse:
    require_keeper(request.user)
    return show_user(request, get_object_or_404(User, pk=pk))


@require_POST
def user_switch_off(request: Request, pk: int) -> HttpResponse:
    """Let the account in no more, from its next request on; what it wrote stays."""
    require_keeper(request.user)
    user = get_object_or_404(User, pk=pk)
    if user == request.user:
        return show_user(request, user, status=409, refused=YOURSELF)
    with transaction.atomic():
        if User.objects.filter(pk=pk, is_active=True).update(is_active=False):
            # No owner sees them while their giver is away, so none may open again later.
            Invitation.objects.filter(created_by=user).close(timezone.now())
            record_keeping(request, KeeperAct.SWITCHED_OFF, whom=user)
        end_sessions(user)
    messages.success(request, f"{user} is signed out everywhere and cannot come in.")
    return redirect("user_detail", pk)


@require_POST
def user_switch_on(request: Request, pk: int) -> HttpResponse:
    require_keeper(request.user)
    user = get_object_or_404(User, pk=pk)
    with transaction.atomic():
        if User.objects.filter(pk=pk, is_active=False).update(is_active=True):
            record_keeping(request, KeeperAct.SWITCHED_ON, whom=user)
    messages.success(request, f"{user} can sign in again.")
    return redirect("user_detail", pk)


@require_POST
def user_sign_out(request: Request, pk: int) -> HttpResponse:
    require_keeper(request.user)
    user = get_object_or_404(User, pk=pk)
    if user == request.user:
        return show_user(request, user, status=409, refused=YOURSELF)
    with transaction.atomic():
        count = end_sessions(user)
        record_keeping(request, KeeperAct.SIGNED_OUT, f"browsers: {count}", whom=user)
    messages.success(request, f"{user} is signed out everywhere.")
    return redirect("user_detail", pk)


@sensitive_post_parameters("password")
@require_POST
def user_second_step_off(request: Request, pk: int) -> HttpResponse:
    """Turn off what somebody lost, once the keeper's own password was given; a letter says so."""
    require_keeper(request.user)
    user = get_object_or_404(User, pk=pk)
    if user == request.user:
        return show_user(request, user, status=409, refused=YOURSELF)
    form = PasswordAgainForm(request.user, request.POST)
    status = form.judge(request)
    if status != 200:
        return show_user(request, user, status=status, form=form)
    with transaction.atomic():
        was_on = second_step.turn_off(user)
        if was_on:
            record_keeping(request, KeeperAct.STEP_OFF, whom=user)
    if not was_on:
        messages.info(request, f"{user} had no second step. Nothing was changed.")
    elif second_step.tell_it_is_off(user):
        messages.success(request, f"{user} signs in with the password alone. A letter says so.")
    else:
        messages.warning(request, f"The second step of {user} is off. {letters.NOT_SENT}")
    return redirect("user_detail", pk)


@never_cache
@sensitive_post_parameters("password")
@require_POST
def user_password_link(request: Request, pk: int) -> HttpResponse:
    """Answer with the link itself, once the keeper's own password was given.

    This answer is the only place where the link ever stands.
    """
    require_keeper(request.user)
    user = get_object_or_404(User, pk=pk)
    if user == request.user:
        return show_user(request, user, status=409, refused=YOURSELF)
    if settings.SENDS_MAIL or not user.is_active:
        words = MAIL_IS_SENT if settings.SENDS_MAIL else IS_OFF
        return show_user(request, user, status=409, refused=words)
    form = PasswordAgainForm(request.user, request.POST, auto_id=LINK_NAMES)
    status = form.judge(request)
    if status != 200:
        return show_user(request, user, status=status, link_form=form)
    with transaction.atomic():
        link = reset_link(request, user)
        record_keeping(request, KeeperAct.RESET_LINK, whom=user)
    return show_user(request, user, status=201, link=link)
