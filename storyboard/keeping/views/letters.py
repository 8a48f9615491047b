"""Letters that no mail server took, for the keeper to hand over: each is opened by a press."""

from __future__ import annotations

from django.conf import settings
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from storyboard.people.access import require_keeper
from storyboard.people.activity import record_keeping
from storyboard.people.models import KeeperAct, Letter, User
from storyboard.people.outbox import KEPT, first_link
from storyboard.people.requests import Request
from storyboard.people.sealing import Unsealable

PAGE_SIZE = 50


def show_letters(request: Request, *, status: int = 200, **said: object) -> HttpResponse:
    """Show the list; `said` is what this answer adds: the letter that is `opened`."""
    rows = Letter.objects.kept(timezone.now())
    context = {
        "page": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "mails": settings.SENDS_MAIL,
        "days": KEPT.days,
    }
    return TemplateResponse(request, "keeping/letters.html", context | said, status=status)


@require_GET
def letter_list(request: Request) -> HttpResponse:
    require_keeper(request.user)
    return show_letters(request)


@never_cache
@require_POST
def letter_open(request: Request, pk: int) -> HttpResponse:
    """Answer with the letter's text, which may open an account: it is written down who asked."""
    require_keeper(request.user)
    letter = get_object_or_404(Letter.objects.kept(timezone.now()), pk=pk)
    status = 200
    said: dict[str, object] = {"opened": letter.pk, "letter": letter}
    try:
        text = letter.text()
    except Unsealable:
        status = 409
        said["shut"] = True
    else:
        said |= {"text": text, "link": first_link(text)}
        with transaction.atomic():
            whom = User.objects.filter(email__iexact=letter.to).first()
            record_keeping(request, KeeperAct.LETTER_OPENED, letter.subject, whom=whom)
    if request.htmx:
        return TemplateResponse(request, "keeping/_letter.html", said, status=status)
    return show_letters(request, status=status, **said)
