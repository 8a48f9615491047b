"""Asking for a film: the one that there is, or a row that the maker will see to."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from storyboard.exports.cut import cut_of, key_of
from storyboard.exports.models import Film, State
from storyboard.people.models import User
from storyboard.renders.storage import take_store
from storyboard.stories.models import Project

# Longer than a reader waits, and than any browser takes kindly.
GIF_FRAMES_MAX = 1500


class NothingToShow(Exception):
    """There is no film to be made of the story; the words are for its writer."""


def ask(
    project: Project, by: User, at: datetime, *, kind: str, burnt: bool, title_card: bool
) -> Film:
    """Return the film of the story's cut as it is now, made this way, queued if there is none.

    Raises NothingToShow for a story without scenes, and for one too long for a GIF.
    """
    cut = cut_of(project)
    if not cut.parts:
        raise NothingToShow("The story has no scenes yet, so there is nothing to download.")
    if kind == "gif" and cut.frames > GIF_FRAMES_MAX:
        raise NothingToShow(
            f"A GIF holds {GIF_FRAMES_MAX} frames at most, and this film has {cut.frames}. "
            "Choose MP4."
        )
    key = key_of(cut, kind, burnt=burnt, title_card=title_card)
    with transaction.atomic():
        film, made = Film.objects.get_or_create(
            project=project,
            key=key,
            defaults={
                "plan": cut.as_plan(),
                "kind": kind,
                "burnt": burnt,
                "title_card": title_card,
                "asked_by": by,
                "asked_at": at,
            },
        )
    if not made:
        film.ask_again(by, at, anew=_is_wanting(film))
    return film


def foreseen(project: Project) -> list[str]:
    """Say what of the story as it is now would be words instead of pictures, in sentences."""
    scenes = list(project.scenes.kept().select_related("pick__take").in_order())
    bare = [scene.number for scene in scenes if scene.pick is None]
    lost = [scene.number for scene in scenes if scene.pick and scene.pick.take.lost_at]
    found = []
    if bare:
        found.append(f"{_scenes(bare)} no picture yet: the words are shown for that long.")
    if lost:
        found.append(f"{_scenes(lost)} a take whose file is missing: the words are shown instead.")
    return found


def _scenes(numbers: list[int]) -> str:
    if len(numbers) == 1:
        return f"Scene {numbers[0]} has"
    more = f" and {len(numbers) - 12} more" if len(numbers) > 12 else ""
    return f"Scenes {', '.join(map(str, numbers[:12]))}{more} have"


def _is_wanting(film: Film) -> bool:
    """Whether a finished film's file is gone, or something was missing that may be back."""
    if film.state != State.READY:
        return False
    return not film.whole or not take_store().exists(film.file)
