"""Whatever is sent, the engine answers 200 or 400, and what it takes it could draw."""

from __future__ import annotations

import json
import string
import tempfile
from pathlib import Path

import pytest
from engine_at_hand import CHECKPOINT, AtHand, body
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storyboard.engine.models import EngineTask
from storyboard.novita import limits

pytestmark = pytest.mark.django_db

WHOLE = st.integers(-5, 1100) | st.integers()
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | WHOLE
    | st.floats(allow_nan=True)
    | st.text(max_size=20)
    | st.sampled_from([CHECKPOINT, "mp4", "gif", "TASK_STATUS_SUCCEED", "http://127.0.0.1/"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["model_name", "strength", "frames", "prompt", "url", "enabled"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)
NAMES = st.sampled_from(
    [
        *body(),
        *("negative_prompt", "guidance_scale", "seed", "loras", "embeddings"),
        *("closed_loop", "clip_skip", "extra"),
    ]
)
PROMPTS = st.lists(
    st.fixed_dictionaries(
        {"prompt": st.text(max_size=30) | VALUES, "frames": st.integers(0, 70) | VALUES}
    ),
    max_size=18,
)
EXTRA = st.fixed_dictionaries(
    {},
    optional={
        "response_video_type": st.sampled_from(["mp4", "gif", ""]) | VALUES,
        "webhook": st.fixed_dictionaries(
            {},
            optional={
                "url": st.sampled_from(["http://127.0.0.1/", "https://[", "x"]) | VALUES,
                "test_mode": st.fixed_dictionaries(
                    {}, optional={"enabled": VALUES, "return_task_status": VALUES}
                )
                | VALUES,
            },
        )
        | VALUES,
        "enterprise_plan": VALUES,
    },
)
# A sound submission with some of its fields spoilt: most get past the first checks.
SPOILT = st.builds(
    lambda changes, prompts, extra: body() | changes | prompts | extra,
    st.dictionaries(NAMES, VALUES, max_size=3),
    st.just({}) | st.fixed_dictionaries({"prompts": PROMPTS}),
    st.just({}) | st.fixed_dictionaries({"extra": EXTRA}),
)
BYTES = (
    st.binary(max_size=200)
    | st.text(string.printable, max_size=200).map(str.encode)
    | VALUES.map(json.dumps).map(str.encode)
)


@pytest.fixture(scope="module")
def engine():
    with tempfile.TemporaryDirectory() as folder:
        yield AtHand(Path(folder) / "engine")


def hold(engine: AtHand, content: bytes) -> int:
    before = EngineTask.objects.count()
    answer = engine.ask("POST", "/v3/async/txt2video", content, check=False)
    taken = EngineTask.objects.count() - before
    if answer.status == 200:
        assert taken == 1
        wanted = EngineTask.objects.get(task_id=answer.json["task_id"]).text_to_video()
        assert wanted.problems() == []
        assert wanted.frames <= limits.CLIP_FRAMES_MAX
    else:
        assert (answer.status, answer.reason) == (400, "INVALID_REQUEST_BODY")
        assert taken == 0
    return answer.status


@settings(
    max_examples=1500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(sent=SPOILT)
def test_a_spoilt_submission_is_taken_or_refused_and_never_breaks_it(engine, db, sent):
    hold(engine, json.dumps(sent).encode())


@settings(
    max_examples=500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(content=BYTES)
def test_any_bytes_are_refused_and_never_break_it(engine, db, content):
    assert hold(engine, content) == 400
