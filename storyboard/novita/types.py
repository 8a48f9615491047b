"""The requests and answers of the API, as its documents write them (novita-api.md).

Requests are frozen values that know their own limits: `problems()` names every field that is
out of range, `to_json()` serialises exactly as documented, with whatever is unset left out.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from storyboard.novita import limits
from storyboard.novita.reading import Problem as Problem
from storyboard.novita.reading import Reader


class InvalidRequest(ValueError):
    """A request body that breaks the documented shape or limits."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(str(problem) for problem in problems))
        self.problems = problems


@dataclass(frozen=True)
class ScenePrompt:
    prompt: str
    frames: int


@dataclass(frozen=True)
class Lora:
    model_name: str
    strength: float


@dataclass(frozen=True)
class Embedding:
    model_name: str


@dataclass(frozen=True)
class TextToVideo:
    """The body of `POST /v3/async/txt2video`: one clip.

    Frames are counted in frames (8..64 a prompt, 128 in all), sizes in pixels (256..1024),
    strengths from 0 to 1. An empty `negative_prompt` or `webhook_url` and a `clip_skip` of
    None are unset and left out of the body.
    """

    model_name: str
    width: int
    height: int
    steps: int
    prompts: tuple[ScenePrompt, ...]
    guidance_scale: float
    seed: int = limits.SEED_RANDOM
    negative_prompt: str = ""
    loras: tuple[Lora, ...] = ()
    embeddings: tuple[Embedding, ...] = ()
    closed_loop: bool = False
    clip_skip: int | None = None
    video_type: str = "mp4"
    dedicated: bool = False
    webhook_url: str = ""
    # TASK_STATUS_SUCCEED or TASK_STATUS_FAILED: a mock event instead of a real run.
    webhook_test_status: str = ""

    @property
    def frames(self) -> int:
        return sum(row.frames for row in self.prompts)

    def problems(self) -> list[Problem]:
        """Return every broken limit, in the order of the fields; empty when it may be sent."""
        return list(self._problems())

    def _problems(self) -> Iterator[Problem]:
        if not self.model_name:
            yield Problem("model_name", "is required")
        yield from _outside("width", self.width, limits.SIDE_MIN, limits.SIDE_MAX)
        yield from _outside("height", self.height, limits.SIDE_MIN, limits.SIDE_MAX)
        yield from _outside("steps", self.steps, limits.STEPS_MIN, limits.STEPS_MAX)
        if not self.prompts:
            yield Problem("prompts", "needs at least one prompt")
        for number, row in enumerate(self.prompts):
            where = f"prompts[{number}]"
            yield from _outside(f"{where}.frames", row.frames, limits.FRAMES_MIN, limits.FRAMES_MAX)
            yield from _length(f"{where}.prompt", row.prompt, limits.PROMPT_MIN)
        if self.frames > limits.CLIP_FRAMES_MAX:
            yield Problem(
                "prompts",
                f"have {self.frames} frames in all; at most {limits.CLIP_FRAMES_MAX} fit",
            )
        yield from _length("negative_prompt", self.negative_prompt, 0)
        yield from _outside(
            "guidance_scale", self.guidance_scale, limits.GUIDANCE_MIN, limits.GUIDANCE_MAX
        )
        yield from _outside("seed", self.seed, limits.SEED_RANDOM, limits.SEED_MAX)
        if len(self.loras) > limits.LORAS_MAX:
            yield Problem("loras", f"has {len(self.loras)}; at most {limits.LORAS_MAX} fit")
        for number, lora in enumerate(self.loras):
            where = f"loras[{number}]"
            if not lora.model_name:
                yield Problem(f"{where}.model_name", "is required")
            yield from _outside(
                f"{where}.strength", lora.strength, limits.STRENGTH_MIN, limits.STRENGTH_MAX
            )
        if len(self.embeddings) > limits.EMBEDDINGS_MAX:
            yield Problem(
                "embeddings", f"has {len(self.embeddings)}; at most {limits.EMBEDDINGS_MAX} fit"
            )
        for number, embedding in enumerate(self.embeddings):
            if not embedding.model_name:
                yield Problem(f"embeddings[{number}].model_name", "is required")
        if self.clip_skip is not None:
            yield from _outside(
                "clip_skip", self.clip_skip, limits.CLIP_SKIP_MIN, limits.CLIP_SKIP_MAX
            )
        if self.video_type not in limits.VIDEO_TYPES:
            yield Problem(
                "extra.response_video_type", f"must be one of {', '.join(limits.VIDEO_TYPES)}"
            )

    def to_json(self) -> dict[str, Any]:
        """Return the documented body: flat, with unset fields left out."""
        body: dict[str, Any] = {
            "model_name": self.model_name,
            "width": self.width,
            "height": self.height,
            "steps": self.steps,
            "prompts": [{"frames": row.frames, "prompt": row.prompt} for row in self.prompts],
            "guidance_scale": self.guidance_scale,
            "seed": self.seed,
        }
        if self.negative_prompt:
            body["negative_prompt"] = self.negative_prompt
        if self.loras:
            body["loras"] = [
                {"model_name": lora.model_name, "strength": lora.strength} for lora in self.loras
            ]
        if self.embeddings:
            body["embeddings"] = [{"model_name": row.model_name} for row in self.embeddings]
        if self.closed_loop:
            body["closed_loop"] = True
        if self.clip_skip is not None:
            body["clip_skip"] = self.clip_skip
        extra: dict[str, Any] = {"response_video_type": self.video_type}
        if self.webhook_url:
            extra["webhook"] = {"url": self.webhook_url}
            if self.webhook_test_status:
                extra["webhook"]["test_mode"] = {
                    "enabled": True,
                    "return_task_status": self.webhook_test_status,
                }
        if self.dedicated:
            extra["enterprise_plan"] = {"enabled": True}
        body["extra"] = extra
        return body

    @classmethod
    def from_json(cls, body: object) -> TextToVideo:
        """Read a documented body, taking null for unset; raise InvalidRequest naming fields."""
        reader = Reader(body, "")
        extra = reader.part("extra")
        webhook = extra.part("webhook")
        test_mode = webhook.part("test_mode")
        request = cls(
            model_name=reader.text("model_name", required=True),
            width=reader.whole("width", required=True) or 0,
            height=reader.whole("height", required=True) or 0,
            steps=reader.whole("steps", required=True) or 0,
            prompts=tuple(
                ScenePrompt(
                    row.text("prompt", required=True), row.whole("frames", required=True) or 0
                )
                for row in reader.rows("prompts", required=True)
            ),
            guidance_scale=reader.number("guidance_scale", DEFAULT_GUIDANCE),
            seed=reader.whole_or("seed", limits.SEED_RANDOM),
            negative_prompt=reader.text("negative_prompt"),
            loras=tuple(
                Lora(row.text("model_name", required=True), row.number("strength", None))
                for row in reader.rows("loras")
            ),
            embeddings=tuple(
                Embedding(row.text("model_name", required=True))
                for row in reader.rows("embeddings")
            ),
            closed_loop=reader.flag("closed_loop"),
            clip_skip=reader.whole("clip_skip"),
            video_type=extra.text("response_video_type") or "mp4",
            dedicated=extra.part("enterprise_plan").flag("enabled"),
            webhook_url=webhook.text("url"),
            webhook_test_status=(
                test_mode.text("return_task_status") if test_mode.flag("enabled") else ""
            ),
        )
        # A field of the wrong type is named once, not again for being out of range.
        named = {problem.field for problem in reader.problems}
        found = reader.problems + [p for p in request.problems() if p.field not in named]
        if found:
            raise InvalidRequest(found)
        return request


# The service's own default is unknown; other clients start here (novita-api.md, section 1).
DEFAULT_GUIDANCE = 7.5


def _outside(field: str, value: float, low: float, high: float) -> Iterator[Problem]:
    if not low <= value <= high:
        yield Problem(
            field,
            f"must be from {low:g} to {high:g}" if high < 1e6 else f"must be at least {low:g}",
        )


def _length(field: str, value: str, low: int) -> Iterator[Problem]:
    if not low <= len(value) <= limits.PROMPT_MAX:
        yield Problem(field, f"must have {low} to {limits.PROMPT_MAX} characters")


# The task's own words (novita-api.md, section 2); any other means still running.
SUCCEED = "TASK_STATUS_SUCCEED"
FAILED = "TASK_STATUS_FAILED"
QUEUED = "TASK_STATUS_QUEUED"
PROCESSING = "TASK_STATUS_PROCESSING"
TXT_TO_VIDEO = "TXT_TO_VIDEO"


@dataclass(frozen=True)
class Video:
    url: str
    # Seconds the address stays good; None when the answer does not say.
    ttl: int | None
    type: str


@dataclass(frozen=True)
class Task:
    """An answer of task-result; whatever it left out is None or empty."""

    task_id: str
    status: str
    reason: str = ""
    # Seconds left; None when unknown.
    eta: float | None = None
    # 0..100, and no sign of completion.
    progress: float = 0
    videos: tuple[Video, ...] = ()
    seed: str = ""
    # What kind of task it is (TXT_TO_VIDEO), when it was submitted (seconds since 1970, None
    # when unknown) and whom it tells of its end.
    kind: str = ""
    submitted_at: float | None = None
    webhook_url: str = ""

    @property
    def succeeded(self) -> bool:
        return self.status == SUCCEED

    @property
    def failed(self) -> bool:
        return self.status == FAILED

    @classmethod
    def from_json(cls, body: Any) -> Task:
        """Read an answer; raise ValueError when it holds no task."""
        task = body.get("task") if isinstance(body, dict) else None
        if not isinstance(task, dict) or not isinstance(task.get("status"), str):
            raise ValueError("the answer holds no task")
        extra = _object(body.get("extra"))
        submitted = _positive(_object(extra.get("debug_info")).get("submit_time_ms"))
        videos = body.get("videos")
        return cls(
            task_id=_string(task.get("task_id")),
            status=task["status"],
            reason=_string(task.get("reason")),
            eta=_positive(task.get("eta")),
            progress=min(100.0, _positive(task.get("progress_percent")) or 0.0),
            videos=tuple(
                Video(
                    row["video_url"],
                    _seconds(row.get("video_url_ttl")),
                    _string(row.get("video_type")),
                )
                for row in (videos if isinstance(videos, list) else [])
                if isinstance(row, dict)
                and isinstance(row.get("video_url"), str)
                and row["video_url"]
            ),
            seed=_string(extra.get("seed")),
            kind=_string(task.get("task_type")),
            submitted_at=submitted / 1000 if submitted and submitted < 1e14 else None,
            webhook_url=_string(_object(extra.get("webhook")).get("url")),
        )


@dataclass(frozen=True)
class Model:
    """One row of the service's model list (novita-api.md, section 4)."""

    name: str
    sd_name: str
    api_name: str
    type: str
    base_model: str
    available: bool
    is_sdxl: bool
    tags: tuple[str, ...] = ()
    cover_url: str = ""

    @classmethod
    def from_json(cls, row: Any) -> Model:
        """Read a row; raise ValueError when it names no model."""
        if not isinstance(row, dict):
            raise ValueError("a model must be an object")
        kind = row.get("type")
        tags = row.get("tags")
        model = cls(
            name=_string(row.get("name")),
            sd_name=_string(row.get("sd_name")),
            api_name=_string(row.get("sd_name_in_api")),
            type=_string(kind.get("name")) if isinstance(kind, dict) else _string(kind),
            base_model=_string(row.get("base_model")),
            available=row.get("status") == 1,
            is_sdxl=row.get("is_sdxl") is True,
            tags=tuple(_string(tag) for tag in tags) if isinstance(tags, list) else (),
            cover_url=_string(row.get("cover_url")),
        )
        if not (model.sd_name or model.api_name):
            raise ValueError("a model without a name")
        return model


@dataclass(frozen=True)
class Balance:
    """What the account holds, in USD; the API counts in 1/10000 USD (section 6)."""

    available: float
    pending: float

    @classmethod
    def from_json(cls, body: Any) -> Balance:
        """Read an answer; raise ValueError when it names no available balance."""
        if not isinstance(body, dict):
            raise ValueError("the answer holds no balance")
        return cls(
            available=float(body["availableBalance"]) / 10000,
            pending=float(body.get("pendingCharges") or 0) / 10000,
        )


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _string(value: object) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)


def _positive(value: object) -> float | None:
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) and number >= 0 else None


def _seconds(value: object) -> int | None:
    number = _positive(value)
    return None if number is None else int(number)
