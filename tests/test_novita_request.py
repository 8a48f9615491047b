"""The body of a submission, held field by field against the documented shape."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storyboard.novita.types import Embedding, InvalidRequest, Lora, ScenePrompt, TextToVideo
from storyboard.stories import sample
from tests.documented_shape import violations

# The vendor's own example (novita-api.md, section 1).
VENDORS_EXAMPLE = {
    "model_name": "darkSushiMixMix_225D_64380.safetensors",
    "width": 512,
    "height": 512,
    "steps": 20,
    "seed": -1,
    "prompts": [{"frames": 32, "prompt": prompt} for prompt in sample.PROMPTS],
    "negative_prompt": sample.NEGATIVE_PROMPT,
}

EXAMPLE = TextToVideo.from_json(VENDORS_EXAMPLE)
FULL = replace(
    EXAMPLE,
    loras=(Lora("candle_light_v1", 0.7), Lora("ink", 1.0)),
    embeddings=(Embedding("badhandv4"),),
    closed_loop=True,
    clip_skip=2,
    video_type="gif",
    dedicated=True,
    webhook_url="https://story.example/hooks/abc/",
    webhook_test_status="TASK_STATUS_SUCCEED",
)


def test_the_vendors_own_example_leaves_as_it_stands_in_its_pages():
    body = EXAMPLE.to_json()
    assert violations(VENDORS_EXAMPLE) == violations(body) == []
    assert {name: body[name] for name in VENDORS_EXAMPLE} == VENDORS_EXAMPLE
    # What we always say, for the service's own defaults are unknown.
    assert set(body) - set(VENDORS_EXAMPLE) == {"guidance_scale", "extra"}
    assert (body["guidance_scale"], body["extra"]) == (7.5, {"response_video_type": "mp4"})


def test_every_field_is_serialised_exactly_as_documented():
    assert violations(FULL.to_json()) == []
    assert FULL.to_json() == {
        **EXAMPLE.to_json(),
        "loras": [
            {"model_name": "candle_light_v1", "strength": 0.7},
            {"model_name": "ink", "strength": 1.0},
        ],
        "embeddings": [{"model_name": "badhandv4"}],
        "closed_loop": True,
        "clip_skip": 2,
        "extra": {
            "response_video_type": "gif",
            "webhook": {
                "url": "https://story.example/hooks/abc/",
                "test_mode": {"enabled": True, "return_task_status": "TASK_STATUS_SUCCEED"},
            },
            "enterprise_plan": {"enabled": True},
        },
    }


def test_what_is_unset_is_left_out():
    body = replace(EXAMPLE, negative_prompt="").to_json()
    assert set(body) == {
        "model_name",
        "width",
        "height",
        "steps",
        "prompts",
        "guidance_scale",
        "seed",
        "extra",
    }


@pytest.mark.parametrize("request_", [EXAMPLE, FULL])
def test_a_body_is_read_back_as_the_request_that_it_was(request_):
    assert TextToVideo.from_json(request_.to_json()) == request_


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"model_name": ""}, "model_name"),
        ({"width": 255}, "width"),
        ({"width": 1025}, "width"),
        ({"height": 0}, "height"),
        ({"steps": 0}, "steps"),
        ({"steps": 51}, "steps"),
        ({"prompts": ()}, "prompts"),
        ({"prompts": (ScenePrompt("a", 64), ScenePrompt("b", 64), ScenePrompt("c", 8))}, "prompts"),
        ({"prompts": (ScenePrompt("a", 7),)}, "prompts[0].frames"),
        ({"prompts": (ScenePrompt("a", 65),)}, "prompts[0].frames"),
        ({"prompts": (ScenePrompt("", 8),)}, "prompts[0].prompt"),
        ({"prompts": (ScenePrompt("x" * 1025, 8),)}, "prompts[0].prompt"),
        ({"negative_prompt": "x" * 1025}, "negative_prompt"),
        ({"guidance_scale": 0.9}, "guidance_scale"),
        ({"guidance_scale": 30.1}, "guidance_scale"),
        ({"guidance_scale": float("nan")}, "guidance_scale"),
        ({"seed": -2}, "seed"),
        ({"loras": tuple(Lora(f"l{n}", 1.0) for n in range(6))}, "loras"),
        ({"loras": (Lora("l", 1.01),)}, "loras[0].strength"),
        ({"loras": (Lora("", 1.0),)}, "loras[0].model_name"),
        ({"embeddings": tuple(Embedding(f"e{n}") for n in range(6))}, "embeddings"),
        ({"embeddings": (Embedding(""),)}, "embeddings[0].model_name"),
        ({"clip_skip": 0}, "clip_skip"),
        ({"clip_skip": 13}, "clip_skip"),
        ({"video_type": "webm"}, "extra.response_video_type"),
    ],
)
def test_each_broken_limit_is_named(changes, field):
    broken = replace(EXAMPLE, **changes)
    assert [problem.field for problem in broken.problems()] == [field]
    with pytest.raises(InvalidRequest):
        TextToVideo.from_json(broken.to_json())


def test_the_limits_themselves_are_within():
    full = tuple(ScenePrompt("x" * 1024, 8) for _ in range(16))
    edge = replace(FULL, prompts=full, width=256, height=1024, steps=50, guidance_scale=30.0)
    assert edge.frames == 128
    assert edge.problems() == violations(edge.to_json()) == []


requests_ = st.builds(
    TextToVideo,
    model_name=st.text(min_size=1, max_size=80),
    width=st.integers(200, 1100),
    height=st.integers(200, 1100),
    steps=st.integers(0, 55),
    prompts=st.lists(
        st.builds(ScenePrompt, st.text(max_size=40), st.integers(5, 70)), max_size=6
    ).map(tuple),
    guidance_scale=st.floats(0, 32),
    seed=st.integers(-3, 2**32),
    negative_prompt=st.text(max_size=20),
    loras=st.lists(st.builds(Lora, st.text(max_size=9), st.floats(-1, 2)), max_size=7).map(tuple),
    embeddings=st.lists(st.builds(Embedding, st.text(max_size=9)), max_size=7).map(tuple),
    closed_loop=st.booleans(),
    clip_skip=st.none() | st.integers(0, 14),
    video_type=st.sampled_from(["mp4", "gif", "webm", ""]),
    dedicated=st.booleans(),
    webhook_url=st.just("") | st.just("https://story.example/hooks/abc/"),
)


@given(requests_)
def test_a_request_has_no_problems_exactly_when_its_body_is_as_documented(request_):
    assert (request_.problems() == []) == (violations(request_.to_json()) == [])
