"""Stories with renders and takes already on them, for tests of what a page shows."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils import timezone

from storyboard.renders.models import Render, Span, Take
from storyboard.renders.states import UNDER_WAY, State
from storyboard.renders.storage import take_store
from storyboard.stories.models import Project, Scene
from tests.films import film


def add_render(project: Project, state: str = State.READY, **columns: Any) -> Render:
    """Put a render of the whole story on the project, as the poller would have left it."""
    now = timezone.now()
    scenes = [
        {"scene": row.pk, "prompt": row.prompt, "caption": "", "frames": row.frames}
        for row in project.scenes.kept().in_order()
    ]
    number = project.renders.count() + 1
    values: dict[str, Any] = {
        "nonce": f"nonce-{number}",
        "request": {"steps": 20},
        "scenes": scenes,
        "estimate": 0,
        "engine": settings.NOVITA_BASE_URL,
        "task_id": f"task-{project.pk}-{number}",
        "queued_at": now,
        "changed_at": now,
        "next_step_at": now,
        "finished_at": None if state in UNDER_WAY else now,
    }
    return Render.objects.create(project=project, state=state, **values | columns)


def add_take(project: Project, *, stored: bool = False) -> Take:
    """Give the project its next take, picked by every scene; `stored` puts a film on disk."""
    scenes = list(project.scenes.kept().in_order())
    number = project.takes.count() + 1
    frames = sum(scene.frames for scene in scenes)
    take = Take.objects.create(
        project=project,
        render=add_render(project),
        number=number,
        file=f"{project.pk}/take-{number}.mp4",
        poster=f"{project.pk}/take-{number}.webp",
        video_type="mp4",
        fps=8,
        frames=frames,
        width=64,
        height=64,
        bytes=1,
        sha256="",
        created_at=timezone.now(),
    )
    if stored:
        take_store().save(take.file, film(frames))
        take_store().save(take.poster, b"RIFF0000WEBP")
    first = 0
    for order, scene in enumerate(scenes):
        span = Span.objects.create(
            take=take,
            scene=scene,
            order=order,
            prompt=scene.prompt,
            first_frame=first,
            frames=scene.frames,
            poster=take.poster,
        )
        first += scene.frames
        Scene.objects.filter(pk=scene.pk).update(pick=span)
    return take
