"""The editor page: one story's scenes, budget, look and stage."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.template.response import TemplateResponse

from storyboard.novita import limits
from storyboard.people.access import Ability
from storyboard.people.requests import Request
from storyboard.stories.budget import lay_out
from storyboard.stories.explaining import BLENDING
from storyboard.stories.models import Project, Read, Scene
from storyboard.stories.presence import Company
from storyboard.stories.reading import prompts_of
from storyboard.stories.telling import tell
from storyboard.stories.window import Window, window_of

# The parts of the page that going back may change, for htmx to take from the whole of it.
WHOLE_PAGE = (
    "#title:morph,#budget:morph,#scenes:morph,#look:outerHTML,#story-notice:outerHTML,"
    "#add-scene:outerHTML,#live:outerHTML,#render:morph"
)


def editor_context(
    request: Request,
    project: Project,
    scenes: list[Scene] | None = None,
    *,
    flawed: Scene | None = None,
    holds: int | None = None,
    window: Window | None = None,
) -> dict[str, Any]:
    """Return what the editor and its fragments show; `project` comes from `access.find`.

    `scenes` are all of `project.scenes`, in order, where they have been read through it already:
    so there is one project object for the whole page, whatever row asks for its rate or rights.

    `flawed` is a scene that carries what was typed and refused, to be shown in its row; `holds`
    is the id of one whose row is shown, whichever the page has; `window` is which rows, else those
    that the page says it has.
    """
    if scenes is None:
        scenes = list(project.scenes.kept().in_order())
    if flawed is not None:
        for scene in scenes:
            scene.refused = flawed.refused if scene.pk == flawed.pk else None
    budget = lay_out(scenes, project.fps)
    holds = flawed.pk if flawed is not None else holds
    shown = (window or window_of(request)).holding(holds).of(budget, scenes)
    return {
        "project": project,
        "scenes": scenes,
        "budget": budget,
        "shown": shown,
        "can_edit": Ability.EDIT in project.abilities,
        "limits": limits,
        "whole_page": WHOLE_PAGE,
    }


def editor_page(
    request: Request,
    project: Project,
    *,
    status: int = 200,
    flawed: Scene | None = None,
    **context: Any,
) -> HttpResponse:
    """Return the whole page, with `flawed` as in `editor_context`."""
    shown = editor_context(request, project, flawed=flawed)
    deleted = request.GET.get("deleted", "")
    if shown["can_edit"] and deleted.isdecimal() and len(deleted) < 18:
        gone = project.scenes.exclude(deleted_at=None)
        shown["deleted_scene"] = gone.filter(pk=deleted).first()
    shown["company"] = Company((), others=False, before=None)
    rows = shown["scenes"]
    if shown["can_edit"]:
        shown["begins"] = not any(scene.prompt for scene in rows) and len(rows) < 2
        shown["explains"] = len(rows) > 1 and not _knows_blending(request, project)
    menu = request.GET.get("menu", "")
    shown["menu"] = int(menu) if menu.isdecimal() and len(menu) < 18 else None
    shown["gone_back"] = _gone_back(request, project)
    return TemplateResponse(request, "stories/editor.html", shown | context, status=status)


def _knows_blending(request: Request, project: Project) -> bool:
    if project.knows_blending is None:
        return Read.objects.has(request.user, BLENDING)
    return project.knows_blending


def _gone_back(request: Request, project: Project) -> dict[str, object] | None:
    """Return what was undone, redone or restored just now, for the page to say so."""
    for said in ("undone", "redone", "restored", "imported"):
        pk = request.GET.get(said, "")
        if pk.isdecimal() and len(pk) < 18:
            revision = project.revisions.filter(pk=pk).first()
            if revision:
                told = tell(revision.changes, prompts_of(project))
                return {"said": said, "told": told, "partly": "partly" in request.GET}
    return None
