"""From a story to the request that renders it, and what stands in the way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from storyboard.looks.problems import look_problems
from storyboard.novita import limits
from storyboard.novita.types import Embedding, Lora, ScenePrompt, TextToVideo
from storyboard.stories.models import Project, Scene


@dataclass(frozen=True)
class RenderProblem:
    """Why a story cannot be sent: words, and where on the editor page to mend it."""

    message: str
    # The id of the element to jump to.
    anchor: str
    scene_id: int | None = None


def build(project: Project, scenes: Sequence[Scene]) -> TextToVideo:
    """Return the request for the scenes of one clip, or for one scene alone, in this order."""
    return TextToVideo(
        model_name=project.checkpoint,
        width=project.width,
        height=project.height,
        steps=project.steps,
        prompts=tuple(ScenePrompt(scene.prompt.strip(), scene.frames) for scene in scenes),
        guidance_scale=project.guidance_scale,
        seed=project.seed,
        negative_prompt=project.negative_prompt.strip(),
        loras=tuple(Lora(row.api_name, row.strength) for row in project.loras.all()),
        embeddings=tuple(Embedding(row.api_name) for row in project.embeddings.all()),
        closed_loop=project.closed_loop,
        clip_skip=project.clip_skip,
        video_type=project.video_type,
        dedicated=project.dedicated_endpoint,
    )


def problems(project: Project, clips: Sequence[Sequence[Scene]]) -> list[RenderProblem]:
    """Return everything that keeps these clips from being sent; empty when they may go."""
    if not any(clips):
        return [RenderProblem("The story has no scenes yet.", "scenes")]
    found = [problem for clip in clips for problem in _scene_problems(clip)]
    found += [RenderProblem(look.message, look.anchor) for look in look_problems(project)]
    if not found:
        # What the checks above do not name must not reach the service either.
        found = [
            RenderProblem(f"The service would refuse this: {problem}.", "look")
            for clip in clips
            for problem in build(project, clip).problems()
        ]
    return found


def _scene_problems(clip: Sequence[Scene]) -> Iterator[RenderProblem]:
    for scene in clip:
        where = (f"scene-{scene.pk}", scene.pk)
        name = f"Scene {scene.position + 1}"
        words = len(scene.prompt.strip())
        if words < limits.PROMPT_MIN:
            yield RenderProblem(f"{name} has no words.", *where)
        elif words > limits.PROMPT_MAX:
            most = limits.PROMPT_MAX
            yield RenderProblem(f"{name} has {words} characters; at most {most} fit.", *where)
        if scene.frames < limits.FRAMES_MIN:
            least = limits.FRAMES_MIN
            yield RenderProblem(f"{name} has {scene.frames} frames; it needs {least}.", *where)
        elif scene.frames > limits.FRAMES_MAX:
            most = limits.FRAMES_MAX
            yield RenderProblem(f"{name} has {scene.frames} frames; at most {most} fit.", *where)
    over = sum(scene.frames for scene in clip) - limits.CLIP_FRAMES_MAX
    if over > 0:
        yield RenderProblem(
            f"{over} frames too many: a clip holds {limits.CLIP_FRAMES_MAX}. "
            "Shorten a scene, or begin one with a cut.",
            f"scene-{clip[-1].pk}",
            clip[-1].pk,
        )
