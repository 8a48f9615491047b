"""What became of a story since renders of it were asked for: what is sent is what was asked."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from storyboard.renders.models import Render
from storyboard.renders.request import build
from storyboard.stories.models import Scene


class Since(StrEnum):
    """How the story differs from a request by now, in words."""

    SAME = ""
    EDITED = "Edited since it was asked"
    PARTLY_GONE = "Some of its scenes were deleted since"
    GONE = "Its scenes were deleted since"

    @property
    def is_gone(self) -> bool:
        """Whether scenes are asked for that are in the story no more."""
        return self in {Since.PARTLY_GONE, Since.GONE}


def since_asked(renders: Sequence[Render]) -> dict[int, Since]:
    """Return how their stories differ by now, by the render's id, in one query for all scenes."""
    asked = {row["scene"] for render in renders for row in render.scenes}
    kept = Scene.objects.kept().in_bulk(asked)
    return {render.pk: _since(render, kept) for render in renders}


def _since(render: Render, kept: dict[int, Scene]) -> Since:
    scenes = [kept[row["scene"]] for row in render.scenes if row["scene"] in kept]
    if not scenes:
        return Since.GONE
    if len(scenes) < len(render.scenes):
        return Since.PARTLY_GONE
    same = build(render.project, scenes).to_json() == render.request
    return Since.SAME if same else Since.EDITED
