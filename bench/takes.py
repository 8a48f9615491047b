"""Takes on a story as renders leave them, their films and pictures on disk."""

from __future__ import annotations

import io

from django.conf import settings
from django.utils import timezone
from PIL import Image

from storyboard.renders.models import Render, Span, Take
from storyboard.renders.states import State
from storyboard.renders.storage import take_store
from storyboard.stories.models import Project, Scene

POSTER = "bench/poster.webp"


def add_takes(project: Project, count: int) -> None:
    """Give the story `count` takes, the newest picked by every scene."""
    scenes = list(project.scenes.kept().in_order())
    picture = io.BytesIO()
    Image.new("RGB", (148, 148), "#7a5a8a").save(picture, "WEBP")
    take_store().save(POSTER, picture.getvalue())
    now = timezone.now()
    for number in range(1, count + 1):
        render = Render.objects.create(
            project=project,
            nonce=f"bench-{project.pk}-{number}",
            request={},
            scenes=[
                {"scene": row.pk, "prompt": row.prompt, "caption": "", "frames": row.frames}
                for row in scenes
            ],
            engine=settings.NOVITA_BASE_URL,
            task_id=f"bench-{project.pk}-{number}",
            state=State.READY,
            queued_at=now,
            changed_at=now,
            finished_at=now,
        )
        take = Take.objects.create(
            project=project,
            render=render,
            number=number,
            file=f"bench/take-{number}.mp4",
            poster=POSTER,
            video_type="mp4",
            fps=8,
            frames=sum(row.frames for row in scenes),
            width=512,
            height=512,
            bytes=1,
            sha256="",
            created_at=now,
        )
        first = 0
        for order, row in enumerate(scenes):
            span = Span.objects.create(
                take=take,
                scene=row,
                order=order,
                prompt=row.prompt,
                first_frame=first,
                frames=row.frames,
                poster=POSTER,
            )
            first += row.frames
            Scene.objects.filter(pk=row.pk).update(pick=span)
