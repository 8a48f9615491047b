"""What is done to one scene: its words, its frames, its place."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST
from django_htmx.http import reswap

from storyboard.novita import limits
from storyboard.people.access import Ability, find
from storyboard.people.requests import Request
from storyboard.stories.budget import NoRoom, OverBudget, lay_out
from storyboard.stories.forms import FramesForm, PositionForm, WordsForm
from storyboard.stories.models import Project, Scene
from storyboard.stories.order import place_of
from storyboard.stories.rows import continue_in_new_clip
from storyboard.stories.scene import Gone
from storyboard.stories.views.editor import editor_context, editor_page
from storyboard.stories.window import FIRST, window_of

NO_ROOM_THERE = (
    "The scene is back. Its clip has no room for its frames, so it begins a clip of its own."
)


def scene_for(request: Request, pk: int, *, deleted: bool = False) -> Scene:
    """Return a scene that this person may change, its project carrying their abilities."""
    rows = Scene.objects.filter(project__deleted_at=None) if deleted else Scene.objects.kept()
    scene = find(request.user, rows.select_related("project"), Ability.EDIT, pk=pk)
    scene.project.person, scene.project.abilities = scene.person, scene.abilities
    return scene


def story_without_script(project: Project, query: str) -> str:
    """Return the story's address with a query or an anchor, for a page that fetches no rows."""
    address = reverse("project_detail", args=(project.pk,))
    if project.scenes.kept().count() <= FIRST:
        return f"{address}{query}"
    return f"{address}?rows=all{query.replace('?', '&')}"


def scenes_answer(
    request: Request,
    project: Project,
    *,
    query: str = "",
    fresh: int | None = None,
    scenes: list[Scene] | None = None,
    holds: int | None = None,
    **context: object,
) -> HttpResponse:
    """Answer a change of the list: the rows and, out of band, the budget; else a redirect.

    `scenes` is the list as it was stored, where whoever changed it has it in hand; `holds` is a
    scene whose row is shown wherever it stands now, as that of `fresh`, which takes the focus, is.
    """
    if not request.htmx:
        return redirect(story_without_script(project, query))
    shown = editor_context(request, project, scenes, holds=holds or fresh)
    shown |= context | {"fresh": fresh}
    answer = TemplateResponse(request, "stories/_scenes_changed.html", shown)
    # All of it goes out of band, also where the asker names a target of its own.
    return reswap(answer, "none")


def scenes_refused(request: Request, project: Project, notice: str) -> HttpResponse:
    """Answer that the list stays as it is, and why."""
    if not request.htmx:
        return editor_page(request, project, notice=notice, status=422)
    shown = editor_context(request, project) | {"notice": notice}
    return TemplateResponse(request, "stories/_scenes_changed.html", shown, status=422)


@require_POST
def scene_create(request: Request, pk: int) -> HttpResponse:
    project = find(request.user, Project.objects.kept(), Ability.EDIT, pk=pk)
    after = row_named(request, project, "after")
    prompt = request.POST.get("prompt", "").strip()[: limits.PROMPT_MAX]
    try:
        if request.POST.get("cut") == "1":
            scene = continue_in_new_clip(project, prompt, after)
        else:
            scene = project.add_scene(prompt, after=after)
    except NoRoom as exc:
        return no_room(request, project, exc)
    return scenes_answer(request, project, query=f"#scene-{scene.pk}-prompt", fresh=scene.pk)


@require_POST
def scene_make_room(request: Request, pk: int) -> HttpResponse:
    project = find(request.user, Project.objects.kept(), Ability.EDIT, pk=pk)
    try:
        scene = project.make_room(after=row_named(request, project, "after"))
    except NoRoom as exc:
        return no_room(request, project, exc)
    return scenes_answer(request, project, query=f"#scene-{scene.pk}-prompt", fresh=scene.pk)


def row_named(request: Request, project: Project, field: str) -> Scene | None:
    pk = request.POST.get(field, "")
    known = pk.isdecimal() and len(pk) < 18
    return project.scenes.kept().filter(pk=pk).first() if known else None


def no_room(request: Request, project: Project, exc: NoRoom) -> HttpResponse:
    after = request.POST.get("after", "")
    if not request.htmx:
        return editor_page(request, project, no_room=exc, after=after, status=422)
    shown = editor_context(request, project) | {"no_room": exc, "after": after}
    return TemplateResponse(request, "stories/_scenes_changed.html", shown, status=422)


@require_POST
def scene_write(request: Request, pk: int) -> HttpResponse:
    scene = scene_for(request, pk)
    form = WordsForm(request.POST)
    if not form.is_valid():
        return words_refused(request, scene, form, status=422)
    words = form.cleaned_data
    choice = words["take"]
    version = words["settles"] if choice and words["settles"] else words["version"]
    prompt, caption = words["prompt"], words["caption"]
    if choice == "theirs":
        return scenes_answer(request, scene.project)
    if choice == "both":
        prompt, caption = f"{scene.prompt}\n{prompt}", caption or scene.caption
        if len(prompt) > limits.PROMPT_MAX:
            most = f"A prompt has at most {limits.PROMPT_MAX} characters"
            form.add_error("prompt", f"{most}: both together have {len(prompt)}.")
            return words_refused(request, scene, form, status=409)
    if not scene.write(prompt=prompt, caption=caption, version=version):
        return words_refused(request, scene, form, status=409)
    if choice == "both" or not request.htmx:
        return scenes_answer(request, scene.project)
    return TemplateResponse(request, "stories/_words_note.html", {"scene": scene, "can_edit": True})


def words_refused(request: Request, scene: Scene, form: WordsForm, *, status: int) -> HttpResponse:
    """Answer what was typed back beside the reason: a broken rule, or someone else's words."""
    scene.refused = {
        "prompt": request.POST.get("prompt", ""),
        "caption": request.POST.get("caption", ""),
        "version": request.POST.get("version", ""),
        "errors": [error for errors in form.errors.values() for error in errors],
        "clash": status == 409,
    }
    if not request.htmx:
        return editor_page(request, scene.project, flawed=scene, status=status)
    context = {"scene": scene, "can_edit": True}
    return TemplateResponse(request, "stories/_words_note.html", context, status=status)


@require_POST
def scene_frames(request: Request, pk: int) -> HttpResponse:
    scene = scene_for(request, pk)
    form = FramesForm(request.POST)
    error = ""
    places = None
    if form.is_valid():
        try:
            places = scene.set_frames(form.cleaned_data["frames"])
        except OverBudget as exc:
            error = str(exc)
    else:
        error = str(next(iter(form.errors.values()))[0])
    if error:
        scene.refused = {"frames": request.POST.get("frames", ""), "frames_error": error}
    if not request.htmx:
        if error:
            return editor_page(request, scene.project, flawed=scene, status=422)
        return redirect(story_without_script(scene.project, f"#scene-{pk}"))
    if places is None:
        places = scene.project.scenes.kept().in_order().places()
    laid = lay_out(places, scene.project.fps)
    held = window_of(request).of(laid, places)
    # A long story has many clips; only this one's frames and room are other ones now.
    at = place_of(places, scene)
    number = 0 if at is None else at + 1
    clip = next(one for one in laid.clips if one.rows and one.rows[-1].number >= number)
    if at is not None:
        places[at].refused = scene.refused
    shown = {
        "project": scene.project,
        "budget": laid,
        "clip": clip,
        "shown": held,
        "changed": pk,
        "changed_rows": [row for row in clip.rows if held.first < row.number <= held.end],
        "can_edit": True,
        "limits": limits,
    }
    return TemplateResponse(
        request, "stories/_frames_saved.html", shown, status=422 if error else 200
    )


@require_POST
def scene_move(request: Request, pk: int) -> HttpResponse:
    scene = scene_for(request, pk)
    form = PositionForm(request.POST)
    if not form.is_valid():
        return scenes_refused(request, scene.project, "That place is not in the story.")
    try:
        scenes = scene.move_to(form.cleaned_data["position"])
    except OverBudget as exc:
        return scenes_refused(request, scene.project, f"The scene stays where it was: {exc}")
    return scenes_answer(request, scene.project, query=f"#scene-{pk}", scenes=scenes, holds=pk)


@require_POST
def scene_delete(request: Request, pk: int) -> HttpResponse:
    scene = scene_for(request, pk)
    scene.delete_at(timezone.now())
    return scenes_answer(request, scene.project, query=f"?deleted={pk}", deleted_scene=scene)


@require_POST
def scene_restore(request: Request, pk: int) -> HttpResponse:
    scene = scene_for(request, pk, deleted=True)
    try:
        fitted = scene.restore()
    except Gone as exc:
        return scenes_refused(request, scene.project, str(exc))
    said = "" if fitted else NO_ROOM_THERE
    if said and not request.htmx:
        messages.info(request, said)
    return scenes_answer(request, scene.project, query=f"#scene-{pk}", told=said)
