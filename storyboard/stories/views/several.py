"""What is done to several rows at once: those that are ticked, and lines that are pasted."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from storyboard.people.access import Ability, find
from storyboard.people.requests import Request
from storyboard.stories import budget, rows
from storyboard.stories.budget import OverBudget
from storyboard.stories.forms import FramesForm, LinesForm, PastedForm, SelectionForm
from storyboard.stories.models import Project
from storyboard.stories.views.editor import editor_context, editor_page
from storyboard.stories.views.scenes import row_named, scenes_answer, scenes_refused
from storyboard.stories.window import Window, further_than, window_of

NOTHING = "Tick the scenes first."


@require_GET
def scenes_rows(request: Request, pk: int) -> HttpResponse:
    """Answer the rows behind scene `after`, for a page that has not come so far yet."""
    project = find(request.user, Project.objects.kept(), Ability.VIEW, pk=pk)
    if not request.htmx:
        return redirect(f"{reverse('project_detail', args=(pk,))}?rows=all")
    scenes = list(project.scenes.kept().in_order())
    after = request.GET.get("after", "")
    behind = (at + 1 for at, scene in enumerate(scenes) if str(scene.pk) == after)
    place = next(behind, len(scenes))
    # The strips are drawn for all the rows that the page has then.
    window = Window(min(place, window_of(request).first), further_than(place))
    shown = editor_context(request, project, scenes, window=window)
    shown["fetched"] = shown["shown"].rows[place - window.first :]
    return TemplateResponse(request, "stories/_rows_more.html", shown)


@require_POST
def scenes_delete(request: Request, pk: int) -> HttpResponse:
    project = find(request.user, Project.objects.kept(), Ability.EDIT, pk=pk)
    form = SelectionForm(request.POST)
    if not form.is_valid():
        return scenes_refused(request, project, NOTHING)
    chosen = form.cleaned_data["scene"]
    rows.delete_many(project, chosen)
    return scenes_answer(request, project, deleted_many=len(chosen))


@require_POST
def scenes_move(request: Request, pk: int) -> HttpResponse:
    project = find(request.user, Project.objects.kept(), Ability.EDIT, pk=pk)
    form = SelectionForm(request.POST)
    if not form.is_valid():
        return scenes_refused(request, project, NOTHING)
    by = -1 if request.POST.get("way") == "up" else 1
    try:
        rows.move_many(project, form.cleaned_data["scene"], by)
    except OverBudget as exc:
        return scenes_refused(request, project, f"The scenes stay where they were: {exc}")
    return scenes_answer(request, project, ticked=form.cleaned_data["scene"])


@require_POST
def scenes_frames(request: Request, pk: int) -> HttpResponse:
    project = find(request.user, Project.objects.kept(), Ability.EDIT, pk=pk)
    form, frames = SelectionForm(request.POST), FramesForm(request.POST)
    if not form.is_valid():
        return scenes_refused(request, project, NOTHING)
    if not frames.is_valid():
        return scenes_refused(request, project, str(frames.errors["frames"][0]))
    try:
        rows.set_frames_of(project, form.cleaned_data["scene"], frames.cleaned_data["frames"])
    except OverBudget as exc:
        return scenes_refused(request, project, f"The frames stay as they were: {exc}")
    return scenes_answer(request, project, ticked=form.cleaned_data["scene"])


@require_GET
def scenes_preview(request: Request, pk: int) -> HttpResponse:
    project = find(request.user, Project.objects.kept(), Ability.EDIT, pk=pk)
    form = PastedForm(request.GET)
    form.is_valid()
    prompts = form.cleaned_data.get("lines", [])
    runs = budget.clips(project.scenes.kept().in_order())
    context = {
        "project": project,
        "planned": [
            {"prompt": prompt, "frames": frames, "cut": cut}
            for prompt, (frames, cut) in zip(
                prompts, budget.plan(len(prompts), runs[-1] if runs else []), strict=True
            )
        ],
        "lines_form": form if request.GET.get("lines") else None,
        "can_edit": True,
    }
    return TemplateResponse(request, "stories/_pasted.html", context)


@require_POST
def scenes_paste(request: Request, pk: int) -> HttpResponse:
    project = find(request.user, Project.objects.kept(), Ability.EDIT, pk=pk)
    form = LinesForm(request.POST)
    if not form.is_valid():
        notice = str(form.errors["lines"][0])
        if request.htmx:
            return scenes_refused(request, project, notice)
        typed = request.POST.get("lines", "")
        return editor_page(request, project, notice=notice, pasted=typed, status=422)
    added = rows.add_many(project, form.cleaned_data["lines"], row_named(request, project, "after"))
    return scenes_answer(request, project, query=f"#scene-{added[0].pk}-prompt", fresh=added[-1].pk)
