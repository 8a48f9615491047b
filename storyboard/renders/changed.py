"""Which clips of a story are worth sending: those that differ from what their takes show."""

from __future__ import annotations

from collections.abc import Sequence

from storyboard.renders.models import Render, Span
from storyboard.renders.request import build
from storyboard.stories import budget
from storyboard.stories.models import Project, Scene


def clips_to_send(
    project: Project, scenes: Sequence[Scene], *, every: bool = False
) -> list[list[Scene]]:
    """Return the clips whose words, frames or look changed since their picks were rendered.

    All of them where none did, or where `every` asks for it: pressing the button again for the
    same story asks for another take of it.
    """
    clips = budget.clips(scenes)
    if every or len(clips) < 2:
        return clips
    rendered = _rendered(project)
    return [clip for clip in clips if not _stands(project, clip, rendered)] or clips


def _rendered(project: Project) -> dict[int, Render]:
    """Return the render that each scene's pick came from, by the scene's id."""
    spans = Span.objects.filter(picked_by__project=project, take__binned_at=None)
    by_span = dict(spans.values_list("pk", "take__render_id"))
    renders = Render.objects.only("request", "scenes").in_bulk(set(by_span.values()))
    picks = project.scenes.filter(pick__in=by_span).values_list("pk", "pick_id")
    return {scene: renders[by_span[pick]] for scene, pick in picks}


def _stands(project: Project, clip: Sequence[Scene], rendered: dict[int, Render]) -> bool:
    """Answer whether one render shows the whole clip as it is now."""
    shown = {rendered[scene.pk].pk if scene.pk in rendered else None for scene in clip}
    if len(shown) > 1 or None in shown:
        return False
    render = rendered[clip[0].pk]
    same_scenes = [row["scene"] for row in render.scenes] == [scene.pk for scene in clip]
    return same_scenes and render.request == build(project, clip).to_json()
