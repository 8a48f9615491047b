"""The installation on a page, its teams in figures, and what was done to it; for its keeper."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from storyboard.keeping import overview
from storyboard.keeping.health import OK, health
from storyboard.keeping.roster import asked_words, lines, teams
from storyboard.keeping.status import Line, in_words, status
from storyboard.keeping.storage import storage
from storyboard.keeping.versions import versions
from storyboard.people.access import require_keeper
from storyboard.people.activity import page_of
from storyboard.people.models import KeeperActivity
from storyboard.people.requests import Request

TEAMS_LISTED = 8
PAGE_SIZE = 50


@require_GET
def installation_show(request: Request) -> HttpResponse:
    require_keeper(request.user)
    at = timezone.now()
    parts, found = {"web": OK} | health(at), status(at)
    context = {
        "lines": [Line("web", "answers", True), *in_words(found, parts)],
        "storage": storage(TEAMS_LISTED),
        "queue": overview.queue(found, TEAMS_LISTED),
        "engine": overview.engine(found),
        "versions": list(versions()),
    }
    return TemplateResponse(request, "keeping/installation.html", context)


@require_GET
def installation_teams(request: Request) -> HttpResponse:
    require_keeper(request.user)
    words = asked_words(request)
    page = Paginator(teams(words), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "query": words,
        "lines": lines(list(page.object_list), timezone.now()),
    }
    template = "keeping/_teams.html" if request.htmx else "keeping/teams.html"
    return TemplateResponse(request, template, context)


@require_GET
def installation_activity(request: Request) -> HttpResponse:
    require_keeper(request.user)
    context = page_of(KeeperActivity.objects.all(), request.GET.get("before", ""))
    return TemplateResponse(request, "keeping/activity.html", context)
