"""The documented body of a submission, written out from the API's pages and from nothing of ours.

The client's own types are held against this, so it must never import them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

Check = Callable[[Any], bool]


def whole(low: int, high: float) -> Check:
    return lambda value: type(value) is int and low <= value <= high


def number(low: float, high: float) -> Check:
    return lambda value: type(value) in (int, float) and low <= value <= high


def text(low: int, high: int) -> Check:
    return lambda value: isinstance(value, str) and low <= len(value) <= high


def one_of(*words: str) -> Check:
    return lambda value: value in words


def flag(value: Any) -> bool:
    return isinstance(value, bool)


# A nested dict is an object, a one-element list holds what each of its rows must be.
# Names that end in * are required.
SHAPE: dict[str, Any] = {
    "model_name*": text(1, 1000),
    "width*": whole(256, 1024),
    "height*": whole(256, 1024),
    "steps*": whole(1, 50),
    "prompts*": [{"frames*": whole(8, 64), "prompt*": text(1, 1024)}],
    "negative_prompt": text(1, 1024),
    "guidance_scale": number(1, 30),
    "seed": whole(-1, float("inf")),
    "loras": [{"model_name*": text(1, 1000), "strength*": number(0, 1)}],
    "embeddings": [{"model_name*": text(1, 1000)}],
    "closed_loop": flag,
    "clip_skip": whole(1, 12),
    "extra": {
        "response_video_type": one_of("mp4", "gif"),
        "webhook": {
            "url*": text(1, 4000),
            "test_mode": {
                "enabled*": flag,
                "return_task_status*": one_of("TASK_STATUS_SUCCEED", "TASK_STATUS_FAILED"),
            },
        },
        "enterprise_plan": {"enabled*": flag},
    },
}


def violations(body: Any) -> list[str]:
    """Return everything in which a body departs from the documented shape."""
    found = list(_against(body, SHAPE, "body"))
    if not found:
        if sum(row["frames"] for row in body["prompts"]) > 128:
            found.append("body.prompts: more than 128 frames")
        for name in ("loras", "embeddings"):
            if len(body.get(name, ())) > 5:
                found.append(f"body.{name}: more than 5")
    return found


def _against(value: Any, shape: Any, where: str) -> Iterator[str]:
    if isinstance(shape, dict):
        if not isinstance(value, dict):
            yield f"{where}: not an object"
            return
        known = {name.rstrip("*") for name in shape}
        yield from (f"{where}.{name}: not documented" for name in value if name not in known)
        for name, inner in shape.items():
            plain = name.rstrip("*")
            if plain in value:
                yield from _against(value[plain], inner, f"{where}.{plain}")
            elif name.endswith("*"):
                yield f"{where}.{plain}: missing"
    elif isinstance(shape, list):
        if not isinstance(value, list) or not value:
            yield f"{where}: not a list with something in it"
            return
        for place, row in enumerate(value):
            yield from _against(row, shape[0], f"{where}[{place}]")
    elif not shape(value):
        yield f"{where}: {value!r:.60}"
