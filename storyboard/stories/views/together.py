"""The beat of an open editor: who else is here, and what they saved."""

from __future__ import annotations

from django import forms
from django.core.validators import RegexValidator
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from storyboard.people.access import Ability, find
from storyboard.people.requests import Request
from storyboard.people.signed_in import asks_by_itself
from storyboard.stories import presence
from storyboard.stories.models import Project
from storyboard.stories.views.editor import editor_context

LARGEST = 2**63 - 1


class BeatForm(forms.Form):
    """What a page says of itself."""

    page = forms.CharField(max_length=32, validators=[RegexValidator(r"^[0-9a-f]{8,32}$")])
    # The scene whose words have the focus.
    scene = forms.IntegerField(min_value=1, max_value=LARGEST, required=False)
    # The story's version that the page shows, and the word for the faces on it.
    version = forms.IntegerField(min_value=0, max_value=LARGEST)
    faces = forms.CharField(max_length=16, required=False)


@require_POST
@asks_by_itself
def project_together(request: Request, pk: int) -> HttpResponse:
    """Note the beat; answer nothing, the faces, or with them every row that others changed.

    Whoever may see the story is seen in it; a beat changes nothing of the story.
    """
    project = find(request.user, Project.objects.kept(), Ability.VIEW, pk=pk)
    if not request.htmx:
        return redirect("project_detail", pk)
    form = BeatForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=400)
    told = form.cleaned_data
    scene = told["scene"] if Ability.EDIT in project.abilities else None
    company = presence.beat(project, request.user, told["page"], scene, timezone.now())
    if told["version"] == project.version and told["faces"] == company.word:
        return HttpResponse(status=204)
    shown = {"project": project, "company": company}
    if told["version"] == project.version or not _others_saved(project, company):
        return TemplateResponse(request, "stories/_together.html", shown)
    return TemplateResponse(
        request, "stories/_together_changed.html", editor_context(request, project) | shown
    )


def _others_saved(project: Project, company: presence.Company) -> bool:
    """Answer whether anything but this very page may have changed the story since its last beat.

    What it saved itself it shows already. A page that beats for the first time may be old.
    """
    if company.others or company.before is None:
        return True
    since = company.before - presence.OVERLAP
    return project.revisions.filter(at__gte=since).exclude(person=project.person).exists()
