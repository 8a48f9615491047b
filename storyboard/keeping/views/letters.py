"""Letters that no mail server took, for the keeper to hand over: each is opened by a password."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from storyboard.people.access import require_keeper
from storyboard.people.activity import record_keeping
from storyboard.people.forms import PasswordAgainForm
from storyboard.people.models import KeeperAct, Letter, User
from storyboard.people.outbox import KEPT, first_link
from storyboard.people.requests import Request
from storyboard.people.sealing import Unsealable

PAGE_SIZE = 50


class OpeningForm(PasswordAgainForm):
    not_right = "This is not your password. The letter stays shut."


def show_letters(request: Request, *, status: int = 200, **said: object) -> HttpResponse:
    """Show the list; `said` is what this answer adds: the letter that is `opened`."""
    rows = Letter.objects.kept(timezone.now())
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "own": _own(request, page),
        "mails": settings.SENDS_MAIL,
        "days": KEPT.days,
    }
    return TemplateResponse(request, "keeping/letters.html", context | said, status=status)


@require_GET
def letter_list(request: Request) -> HttpResponse:
    require_keeper(request.user)
    return show_letters(request)


@never_cache
@sensitive_post_parameters("password")
@require_POST
def letter_open(request: Request, pk: int) -> HttpResponse:
    """Answer with the letter's text, which may open an account: it is written down who asked.

    Never with one to the keeper, whom whoever sits at their open browser could become by it. The
    first press asks for the keeper's own password, the second one brings it.
    """
    require_keeper(request.user)
    letter = get_object_or_404(Letter.objects.kept(timezone.now()), pk=pk)
    if letter.is_to(request.user.email):
        return _show(request, letter, status=409)
    name = f"letter-{pk}-%s"
    if "password" not in request.POST:
        return _show(request, letter, form=OpeningForm(request.user, auto_id=name))
    form = OpeningForm(request.user, request.POST, auto_id=name)
    status = form.judge(request)
    if status != 200:
        return _show(request, letter, status=status, form=form)
    try:
        text = letter.text()
    except Unsealable:
        return _show(request, letter, status=409, shut=True)
    with transaction.atomic():
        whom = User.objects.filter(email__iexact=letter.to).first()
        record_keeping(request, KeeperAct.LETTER_OPENED, letter.subject, whom=whom)
    return _show(request, letter, text=text, link=first_link(text))


def _show(request: Request, letter: Letter, *, status: int = 200, **said: object) -> HttpResponse:
    """Show one letter, opened as far as what is `said` goes: alone, or in the list."""
    said |= {"opened": letter.pk, "letter": letter}
    if request.htmx:
        said["own"] = _own(request, [letter])
        return TemplateResponse(request, "keeping/_letter.html", said, status=status)
    return show_letters(request, status=status, **said)


def _own(request: Request, letters: Iterable[Letter]) -> set[int]:
    return {one.pk for one in letters if one.is_to(request.user.email)}
