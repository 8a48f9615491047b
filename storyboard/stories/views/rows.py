"""What is done to rows beyond their words: cut, lock, duplicate, split, merge, share out."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpResponse
from django.views.decorators.http import require_POST

from storyboard.people.access import Ability, find
from storyboard.people.requests import Request
from storyboard.stories import rows
from storyboard.stories.budget import NoRoom, OverBudget
from storyboard.stories.forms import FramesForm, ShareForm, SplitForm, SwitchForm, WordsForm
from storyboard.stories.models import Project, Scene
from storyboard.stories.views.scenes import (
    no_room,
    scene_for,
    scenes_answer,
    scenes_refused,
    words_refused,
)


@require_POST
def scene_cut(request: Request, pk: int) -> HttpResponse:
    scene = scene_for(request, pk)
    form = SwitchForm(request.POST)
    if not form.is_valid():
        return scenes_refused(request, scene.project, "Say whether to cut or to blend.")
    try:
        scenes = rows.set_cut(scene, form.cleaned_data["on"])
    except OverBudget as exc:
        notice = f"They cannot blend, for the two clips do not fit into one: {exc}"
        return scenes_refused(request, scene.project, notice)
    return scenes_answer(request, scene.project, query=f"#scene-{pk}", scenes=scenes)


@require_POST
def scene_lock(request: Request, pk: int) -> HttpResponse:
    scene = scene_for(request, pk)
    form = SwitchForm(request.POST)
    if not form.is_valid():
        return scenes_refused(request, scene.project, "Say whether to lock the frames.")
    scenes = rows.set_locked(scene, form.cleaned_data["on"])
    return scenes_answer(request, scene.project, query=f"#scene-{pk}", scenes=scenes)


@require_POST
def scene_duplicate(request: Request, pk: int) -> HttpResponse:
    scene = scene_for(request, pk)
    return _new_row(request, scene.project, lambda: rows.duplicate(scene))


@require_POST
def scene_split(request: Request, pk: int) -> HttpResponse:
    scene = scene_for(request, pk)
    form = SplitForm(request.POST)
    if not form.is_valid():
        return scenes_refused(request, scene.project, "That place is not in the words.")
    refusal = _store_typed(request, scene)
    return refusal or _new_row(
        request, scene.project, lambda: rows.split(scene, form.cleaned_data["at"])
    )


@require_POST
def scene_merge(request: Request, pk: int) -> HttpResponse:
    scene = scene_for(request, pk)
    refusal = _store_typed(request, scene)
    return refusal or _new_row(request, scene.project, lambda: rows.merge(scene))


@require_POST
def scene_border(request: Request, pk: int) -> HttpResponse:
    scene = scene_for(request, pk)
    form = FramesForm(request.POST)
    if not form.is_valid():
        return scenes_refused(request, scene.project, str(form.errors["frames"][0]))
    try:
        scenes = rows.move_border(scene, form.cleaned_data["frames"])
    except (OverBudget, rows.Refused) as exc:
        return scenes_refused(request, scene.project, f"The border stays where it was: {exc}")
    return scenes_answer(request, scene.project, query=f"#scene-{pk}", scenes=scenes)


@require_POST
def clip_share_out(request: Request, pk: int) -> HttpResponse:
    project = find(request.user, Project.objects.kept(), Ability.EDIT, pk=pk)
    form = ShareForm(request.POST)
    if not form.is_valid():
        return scenes_refused(request, project, "Say which clip, and how to share out its frames.")
    try:
        scenes = rows.share_out(project, form.cleaned_data["clip"], form.cleaned_data["by"])
    except NoRoom as exc:
        notice = f"The frames stay as they are, for the locked ones leave too few: {exc}"
        return scenes_refused(request, project, notice)
    return scenes_answer(request, project, scenes=scenes)


def _new_row(request: Request, project: Project, act: Callable[[], Scene]) -> HttpResponse:
    try:
        scene = act()
    except NoRoom as exc:
        return no_room(request, project, exc)
    except (OverBudget, rows.Refused) as exc:
        return scenes_refused(request, project, str(exc))
    return scenes_answer(request, project, query=f"#scene-{scene.pk}-prompt", fresh=scene.pk)


def _store_typed(request: Request, scene: Scene) -> HttpResponse | None:
    """Store the words that came along and are not saved yet; return an answer if they cannot be."""
    if "prompt" not in request.POST:
        return None
    form = WordsForm(request.POST)
    if not form.is_valid():
        return words_refused(request, scene, form, status=422)
    prompt, caption = form.cleaned_data["prompt"], form.cleaned_data["caption"]
    same = (prompt, caption) == (scene.prompt, scene.caption)
    if same or scene.write(prompt=prompt, caption=caption, version=form.cleaned_data["version"]):
        return None
    return words_refused(request, scene, form, status=409)
