"""The list of stories, and what is done to a whole one."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Prefetch, Subquery
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from storyboard.people.access import Ability, find, teams_of, writable_teams_of
from storyboard.people.activity import record
from storyboard.people.models import Act, Team
from storyboard.people.names import one_line
from storyboard.people.pace import paced
from storyboard.people.requests import Request
from storyboard.stories.budget import Budget, lay_out
from storyboard.stories.forms import TitleForm
from storyboard.stories.models import Project, ProjectQuerySet, Scene
from storyboard.stories.views.editor import editor_page

PAGE_SIZE = 60
UNDER_WAY = ("queued", "submitting", "waiting", "rendering", "saving")


def with_signs_of_life(projects: ProjectQuerySet) -> ProjectQuerySet:
    """Add what a card shows: the newest take's number, and whether a render is under way."""
    same = Project.objects.filter(pk=OuterRef("pk")).order_by()
    return projects.annotate(
        newest_take=Subquery(same.annotate(n=Max("takes__number")).values("n")),
        under_way=Exists(same.filter(renders__state__in=UNDER_WAY)),
    )


@require_GET
def project_list(request: Request) -> HttpResponse:
    query = request.GET.get("q", "").strip()[:200]
    mine = Project.objects.in_teams_of(request.user).matching(query)
    shared = Project.objects.shared_with(request.user).matching(query)
    page = _page_of(mine, request.GET.get("page"))
    shared_page = _page_of(shared, request.GET.get("shared"))
    context = {
        "page": page,
        "cards": _cards(page),
        "shared_page": shared_page,
        "shared_cards": _cards(shared_page),
        "count": page.paginator.count + shared_page.paginator.count,
        "query": query,
        "teams": writable_teams_of(request.user),
        "all_teams": teams_of(request.user),
        "deleted": _just_deleted(request),
    }
    template = "stories/_projects.html" if request.htmx else "stories/project_list.html"
    return TemplateResponse(request, template, context)


def _page_of(projects: ProjectQuerySet, number: str | None) -> Page[Project]:
    scenes = Prefetch("scenes", Scene.objects.kept().in_order())
    found = with_signs_of_life(projects).select_related("team").prefetch_related(scenes)
    return Paginator(found.newest_first(), PAGE_SIZE).get_page(number)


def _cards(page: Page[Project]) -> list[tuple[Project, Budget]]:
    return [(project, lay_out(list(project.scenes.all()))) for project in page]


def _just_deleted(request: Request) -> Project | None:
    """Return the project that this page offers to bring back, if it is one's own to restore."""
    pk = request.GET.get("deleted", "")
    mine = Project.objects.filter(team__in=writable_teams_of(request.user))
    rows = mine.exclude(deleted_at=None)
    return rows.filter(pk=pk).first() if pk.isdecimal() and len(pk) < 18 else None


@require_POST
@paced("begin")
def project_create(request: Request) -> HttpResponse:
    pk = request.POST.get("team", "")
    known = pk.isdecimal() and len(pk) < 18
    team = find(request.user, Team.objects.all(), Ability.EDIT, pk=pk if known else 0)
    line = request.POST.get("line", "").strip()
    title = request.POST.get("title", "").strip() or one_line(line)[:60] or "Untitled story"
    form = TitleForm({"title": title}, instance=Project(team=team, created_by=request.user))
    if not form.is_valid():
        messages.error(request, f"No story was begun. {' '.join(map(str, form['title'].errors))}")
        return redirect("project_list")
    with transaction.atomic():
        project = form.save()
        project.person = request.user
        project.add_scene(line[:1024])
        record(request, team, Act.BEGUN, project.title)
    if request.POST.get("then") == "import":
        return redirect("project_import", project.pk)
    return redirect("project_detail", project.pk)


@require_GET
def project_detail(request: Request, pk: int) -> HttpResponse:
    rows = Project.objects.kept().for_page(request.user)
    project = find(request.user, rows, Ability.VIEW, pk=pk)
    return editor_page(request, project)


@require_POST
def project_rename(request: Request, pk: int) -> HttpResponse:
    project = find(request.user, Project.objects.kept(), Ability.EDIT, pk=pk)
    form = TitleForm(request.POST, instance=project)
    if form.is_valid():
        project.rename(form.cleaned_data["title"])
        if not request.htmx:
            return redirect("project_detail", pk)
    elif not request.htmx:
        return editor_page(request, project, title_form=form, status=422)
    context = {"project": project, "title_form": form}
    status = 200 if form.is_valid() else 422
    return TemplateResponse(request, "stories/_title_note.html", context, status=status)


@require_POST
@paced("begin")
def project_duplicate(request: Request, pk: int) -> HttpResponse:
    project = find(request.user, Project.objects.kept(), Ability.DISPOSE, pk=pk)
    with transaction.atomic():
        if not project.hold():
            raise Http404
        copy = project.duplicate(request.user)
        record(request, project.team, Act.BEGUN, copy.title)
    return redirect("project_detail", copy.pk)


@require_POST
def project_delete(request: Request, pk: int) -> HttpResponse:
    project = find(request.user, Project.objects.kept(), Ability.DISPOSE, pk=pk)
    with transaction.atomic():
        if not project.hold():
            raise Http404
        project.delete_at(timezone.now())
        record(request, project.team, Act.BINNED, project.title)
    return redirect(f"{reverse('project_list')}?deleted={pk}")


@require_POST
def project_restore(request: Request, pk: int) -> HttpResponse:
    project = find(request.user, Project.objects.all(), Ability.DISPOSE, pk=pk)
    with transaction.atomic():
        if project.restore():
            record(request, project.team, Act.RESTORED, project.title)
        elif not Project.objects.kept().filter(pk=pk).exists():
            raise Http404
    messages.success(request, f"“{project.title}” is back.")
    return redirect("project_list")
