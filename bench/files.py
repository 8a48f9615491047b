"""Sending a take, against WhiteNoise's responder behind the same doors, turn by turn."""

from __future__ import annotations

from django.conf import settings
from django.test import override_settings
from django.utils import timezone

from bench import bare
from bench.measure import Figure, compare
from bench.web import asker, expect, per_second, writer
from storyboard.renders.models import Render, Take
from storyboard.renders.states import State
from storyboard.renders.storage import take_store
from storyboard.stories.models import Project

# What a film of 128 frames weighs, about.
BYTES = 1_500_000
TIMES = 60


def take_of(project: Project) -> Take:
    """Give the project a take whose file is of that length, and no film at all."""
    now = timezone.now()
    render = Render.objects.create(
        project=project,
        state=State.READY,
        nonce="files",
        request={},
        scenes=[],
        engine=settings.NOVITA_BASE_URL,
        queued_at=now,
        changed_at=now,
    )
    name = f"{project.pk}/bench.mp4"
    take_store().save(name, bytes(BYTES))
    return Take.objects.create(
        project=project,
        render=render,
        number=1,
        file=name,
        video_type="mp4",
        fps=8,
        frames=1,
        width=64,
        height=64,
        bytes=BYTES,
        sha256="",
        created_at=now,
    )


@override_settings(ROOT_URLCONF="bench.bare")
def _sent(name: str, bare_path: str) -> Figure:
    client, project = writer()
    take = take_of(project)
    ask = asker(client)
    bare.FILE = take_store().path(take.file)

    def ours() -> None:
        expect(ask("GET", f"/takes/{take.pk}/video/"), 200)

    def theirs() -> None:
        expect(ask("GET", bare_path.format(take.pk)), 200)

    return compare(
        name, per_second(ours, TIMES), per_second(theirs, TIMES), unit="files/s", rounds=9
    )


def files_sent() -> Figure:
    return _sent(
        "takes sent a second, to WhiteNoise's responder once it was asked who may (wanted: 0.8)",
        "/bare/take/{}/",
    )


def files_sent_to_anybody() -> Figure:
    return _sent("the same, to one that sends the file to anybody signed in", "/bare/file/")
