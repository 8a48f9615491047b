"""A story as the flat keys and values that revisions speak of."""

from __future__ import annotations

from typing import Any

from storyboard.stories.models import Project, Scene

# The settings of a look that are columns of the project; its checkpoint is chosen apart.
SETTINGS = (
    *("width", "height", "steps", "guidance_scale", "seed", "clip_skip"),
    *("video_type", "closed_loop", "dedicated_endpoint", "negative_prompt"),
)
LOOK = ("checkpoint", *SETTINGS)
WORDS = ("prompt", "caption")
SCENE = (*WORDS, *Scene.ARRANGED)


def look_as_stored(project: Project) -> dict[str, Any]:
    """Return the look by key, as the database holds it now."""
    row = Project.objects.values(*LOOK).get(pk=project.pk)
    return {
        **{f"look.{name}": row[name] for name in LOOK},
        "loras": [list(pair) for pair in project.loras.values_list("api_name", "strength")],
        "embeddings": list(project.embeddings.values_list("api_name", flat=True)),
    }


def as_stored(project: Project) -> dict[str, Any]:
    """Return the whole story by key, as the database holds it now, deleted scenes included."""
    rows = list(project.scenes.order_by("position", "pk"))
    return {
        "title": Project.objects.values_list("title", flat=True).get(pk=project.pk),
        **look_as_stored(project),
        "order": [scene.pk for scene in rows if scene.deleted_at is None],
        **{f"scene.{scene.pk}.{name}": getattr(scene, name) for scene in rows for name in SCENE},
    }
