"""The engine's API: each field and each error answers as the service documents it."""

from __future__ import annotations

import json

import pytest
from engine_at_hand import CHECKPOINT, RESULT, SUBMIT, AtHand, body

from storyboard.engine.animatic import catalogue
from storyboard.engine.models import EngineTask
from storyboard.novita.types import Balance, Model, Task

pytestmark = pytest.mark.django_db

LORA = next(entry for entry in catalogue.ENTRIES if entry.kind == "lora")
EMBEDDING = next(entry for entry in catalogue.ENTRIES if entry.kind == "textualinversion")
GET_ADDRESSES = [RESULT, "/v3/model", "/v3/user", "/openapi/v1/billing/balance/detail"]


@pytest.fixture
def engine(tmp_path) -> AtHand:
    return AtHand(tmp_path / "engine")


def scene(**changes):
    return [{"prompt": "a boat", "frames": 8, **changes}]


# Submissions that are taken


def test_a_submission_answers_with_its_task_and_nothing_else(engine):
    answer = engine.submit()
    assert answer.status == 200
    assert set(answer.json) == {"task_id"}
    assert EngineTask.objects.get().task_id == answer.json["task_id"]


def test_the_vendors_own_example_is_taken(engine):
    rows = [{"frames": 32, "prompt": f"A little girl, part {n}"} for n in range(4)]
    assert engine.submit(width=512, height=512, steps=20, seed=-1, prompts=rows).status == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"width": 256},
        {"width": 1024},
        {"height": 257},
        {"steps": 1},
        {"steps": 50},
        {"guidance_scale": 1},
        {"guidance_scale": 30.0},
        {"seed": -1},
        {"seed": 2**63 - 1},
        {"negative_prompt": "n" * 1024},
        {"clip_skip": 1},
        {"clip_skip": 12},
        {"closed_loop": True},
        {"prompts": scene(prompt="p" * 1024)},
        {"prompts": scene(frames=64)},
        {"prompts": scene(frames=8) * 16},
        {"loras": [{"model_name": LORA.api_name, "strength": 0}] * 5},
        {"embeddings": [{"model_name": EMBEDDING.api_name}] * 5},
        {"extra": {"response_video_type": "gif"}},
        {"extra": {"enterprise_plan": {"enabled": True}}},
        {"a_field_from_the_future": {"x": [1]}},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_a_field_at_its_limit_is_taken(engine, changes):
    assert engine.submit(**changes).status == 200


@pytest.mark.parametrize(
    "name",
    [
        "negative_prompt",
        "guidance_scale",
        "seed",
        "loras",
        "embeddings",
        "closed_loop",
        "clip_skip",
        "extra",
    ],
)
def test_null_is_taken_as_unset(engine, name):
    sent = body()
    sent[name] = None
    assert engine.submit(sent).status == 200


def test_null_inside_extra_is_taken_as_unset(engine):
    extra = {"response_video_type": None, "webhook": None, "enterprise_plan": {"enabled": None}}
    assert engine.submit(extra=extra).status == 200


@pytest.mark.parametrize("name", ["sd_name", "api_name"])
def test_a_checkpoint_goes_by_either_of_its_names(engine, name):
    entry = next(entry for entry in catalogue.ENTRIES if entry.kind == "checkpoint")
    assert engine.submit(model_name=getattr(entry, name)).status == 200


def test_every_entry_of_the_catalogue_may_be_asked_for(engine):
    for entry in catalogue.ENTRIES:
        changes = {
            "checkpoint": {"model_name": entry.api_name},
            "lora": {"loras": [{"model_name": entry.api_name, "strength": 1}]},
            "textualinversion": {"embeddings": [{"model_name": entry.api_name}]},
        }[entry.kind]
        assert engine.submit(**changes).status == 200


# Submissions that are refused


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("model_name", {"model_name": None}),
        ("model_name", {"model_name": ""}),
        ("model_name", {"model_name": 7}),
        ("model_name", {"model_name": "no such checkpoint"}),
        ("model_name", {"model_name": CHECKPOINT.removesuffix(".safetensors")}),
        ("width", {"width": None}),
        ("width", {"width": 255}),
        ("width", {"width": 1025}),
        ("width", {"width": 512.5}),
        ("width", {"width": True}),
        ("width", {"width": "512"}),
        ("width", {"width": 10**400}),
        ("height", {"height": 255}),
        ("height", {"height": 1025}),
        ("steps", {"steps": 0}),
        ("steps", {"steps": 51}),
        ("prompts", {"prompts": None}),
        ("prompts", {"prompts": []}),
        ("prompts", {"prompts": {}}),
        ("prompts", {"prompts": [{"prompt": "a", "frames": 43}] * 3}),
        ("prompts", {"prompts": scene() * 17}),
        ("prompts[0]", {"prompts": ["a boat"]}),
        ("prompts[0].frames", {"prompts": scene(frames=7)}),
        ("prompts[0].frames", {"prompts": scene(frames=65)}),
        ("prompts[1].frames", {"prompts": [*scene(), {"prompt": "a"}]}),
        ("prompts[0].prompt", {"prompts": scene(prompt="")}),
        ("prompts[0].prompt", {"prompts": scene(prompt="p" * 1025)}),
        ("prompts[0].prompt", {"prompts": scene(prompt=["a"])}),
        ("negative_prompt", {"negative_prompt": "n" * 1025}),
        ("negative_prompt", {"negative_prompt": 1}),
        ("guidance_scale", {"guidance_scale": 0.9}),
        ("guidance_scale", {"guidance_scale": 30.1}),
        ("guidance_scale", {"guidance_scale": "7"}),
        ("guidance_scale", {"guidance_scale": 10**400}),
        ("seed", {"seed": -2}),
        ("seed", {"seed": 2**63}),
        ("seed", {"seed": 1.5}),
        ("loras", {"loras": [{"model_name": LORA.api_name, "strength": 1}] * 6}),
        ("loras", {"loras": "snow"}),
        ("loras[0].model_name", {"loras": [{"model_name": "none", "strength": 1}]}),
        ("loras[0].model_name", {"loras": [{"model_name": CHECKPOINT, "strength": 1}]}),
        ("loras[0].strength", {"loras": [{"model_name": LORA.api_name, "strength": 1.1}]}),
        ("loras[0].strength", {"loras": [{"model_name": LORA.api_name, "strength": -0.1}]}),
        ("loras[0].strength", {"loras": [{"model_name": LORA.api_name}]}),
        ("embeddings", {"embeddings": [{"model_name": EMBEDDING.api_name}] * 6}),
        ("embeddings[0].model_name", {"embeddings": [{"model_name": "none"}]}),
        ("embeddings[0].model_name", {"embeddings": [{}]}),
        ("closed_loop", {"closed_loop": "yes"}),
        ("closed_loop", {"closed_loop": 1}),
        ("clip_skip", {"clip_skip": 0}),
        ("clip_skip", {"clip_skip": 13}),
        ("extra", {"extra": []}),
        ("extra.response_video_type", {"extra": {"response_video_type": "webm"}}),
        ("extra.webhook", {"extra": {"webhook": "http://127.0.0.1/"}}),
        ("extra.webhook.url", {"extra": {"webhook": {"url": "ftp://example.org/"}}}),
        ("extra.webhook.url", {"extra": {"webhook": {"url": "http://"}}}),
        ("extra.webhook.url", {"extra": {"webhook": {"url": "http://[half"}}}),
        ("extra.webhook.url", {"extra": {"webhook": {"url": "http://a/" + "x" * 3000}}}),
        ("extra.webhook.url", {"extra": {"webhook": {"test_mode": {"enabled": True}}}}),
        (
            "extra.webhook.test_mode.return_task_status",
            {"extra": {"webhook": {"url": "http://127.0.0.1/", "test_mode": {"enabled": True}}}},
        ),
        ("extra.enterprise_plan.enabled", {"extra": {"enterprise_plan": {"enabled": "yes"}}}),
    ],
)
def test_a_broken_field_is_named(engine, field, changes):
    answer = engine.submit(**changes)
    assert (answer.status, answer.reason) == (400, "INVALID_REQUEST_BODY")
    assert f"{field}: " in answer.json["message"] or f"{field} " in answer.json["message"]
    assert not EngineTask.objects.exists()


def test_every_broken_field_is_named_at_once(engine):
    message = engine.submit(width=1, height=1, steps=0).json["message"]
    assert all(f"{field}: " in message for field in ("width", "height", "steps"))


@pytest.mark.parametrize("rows", [50, 200_000])
@pytest.mark.parametrize("name", ["prompts", "loras", "embeddings"])
def test_a_great_many_broken_fields_get_a_short_answer(engine, name, rows):
    answer = engine.submit(**{name: [{}] * rows})
    assert answer.reason == "INVALID_REQUEST_BODY"
    assert name in answer.json["message"]
    assert len(answer.body) < 2000


NESTED = b'{"a":' * 33 + b"1" + b"}" * 33


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not json",
        b"[]",
        b'"text"',
        b"null",
        b"17",
        b'{"width": NaN}',
        b'{"width": Infinity}',
        b'{"width": -Infinity}',
        b'{"width": 1e999}',
        b'{"width": ' + b"9" * 5000 + b"}",
        NESTED,
        b"[" * 200_000,
        b'{"a":' * 100_000,
        b'{"a": "\xff"}',
        b'{"model_name": "\\u0000"}',
        b'{"model_name": "\\ud800"}',
        b'{"\\udfff": 1}',
        b"{" + b" " * 1_000_000 + b"}",
        json.dumps(body()).encode("utf-16"),
    ],
    ids=lambda content: repr(content[:20]),
)
def test_what_is_no_sound_object_is_refused(engine, content):
    answer = engine.submit(content)
    assert (answer.status, answer.reason) == (400, "INVALID_REQUEST_BODY")


def test_nesting_up_to_the_limit_is_read(engine):
    deep = body() | {"x": json.loads("[" * 30 + "]" * 30)}
    assert engine.submit(deep).status == 200


def test_a_rate_limit_refuses_what_is_too_much_and_says_how_long(tmp_path):
    engine = AtHand(tmp_path / "engine", per_minute=2)
    assert engine.submit(width=1).status == 400
    assert [engine.submit().status for _ in range(3)] == [200, 200, 429]
    answer = engine.submit()
    assert answer.reason == "RATE_LIMIT_EXCEEDED"
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert EngineTask.objects.count() == 2


# Keys and addresses


@pytest.mark.parametrize("address", GET_ADDRESSES)
@pytest.mark.parametrize(
    ("key", "status", "reason"),
    [
        (None, 401, "MISSING_API_KEY"),
        ("", 401, "MISSING_API_KEY"),
        ("wrong", 403, "INVALID_API_KEY"),
        ("the-engine-ke\xff", 403, "INVALID_API_KEY"),
    ],
)
def test_no_address_answers_without_the_key(engine, address, key, status, reason):
    answer = engine.ask("GET", address, key=key)
    assert (answer.status, answer.reason) == (status, reason)


def test_nothing_is_submitted_without_the_key(engine):
    answer = engine.ask("POST", SUBMIT, json.dumps(body()).encode(), key="wrong")
    assert (answer.status, answer.reason) == (403, "INVALID_API_KEY")
    assert not EngineTask.objects.exists()


def test_another_scheme_than_bearer_is_no_key(engine):
    answer = engine.ask("GET", RESULT, key=None, authorization="Basic dXNlcg==")
    assert answer.reason == "MISSING_API_KEY"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/v3"),
        ("GET", SUBMIT),
        ("POST", RESULT),
        ("DELETE", RESULT),
        ("GET", "/v3/async/task-result/"),
        ("POST", "/v3/async/img2video"),
        ("GET", "/%ff/\xff"),
        ("POST", "/files/x.mp4"),
        ("GET", "/covers/checkpoint/none.webp"),
        ("GET", "/covers/../engine_key"),
    ],
)
def test_an_unknown_address_says_so(engine, method, path):
    answer = engine.ask(method, path)
    assert (answer.status, answer.reason) == (404, "API_NOT_FOUND")


# Reading tasks


def test_a_task_that_waits_is_described_as_documented(engine):
    task_id = engine.submit(seed=11).json["task_id"]
    answer = engine.result(task_id)
    assert answer.headers["Content-Type"] == "application/json"
    task = EngineTask.objects.get()
    submitted = str(round(task.submitted_at.timestamp() * 1000))
    found = answer.json
    assert found["task"].pop("eta") >= 1
    assert found == {
        "task": {
            "task_id": task_id,
            "status": "TASK_STATUS_QUEUED",
            "reason": "",
            "task_type": "TXT_TO_VIDEO",
            "progress_percent": 0,
        },
        "images": [],
        "videos": [],
        "audios": [],
        "extra": {
            "seed": "11",
            "debug_info": {
                "request_info": "",
                "submit_time_ms": submitted,
                "execute_time_ms": "",
                "complete_time_ms": "",
            },
        },
    }


def test_our_own_client_can_read_it(engine):
    task = Task.from_json(engine.result(engine.submit(seed=7).json["task_id"]).json)
    assert (task.status, task.seed, task.succeeded, task.failed) == (
        "TASK_STATUS_QUEUED",
        "7",
        False,
        False,
    )


@pytest.mark.parametrize("seed", [-1, None])
def test_a_random_seed_is_chosen_and_told(engine, seed):
    seeds = {
        engine.result(engine.submit(seed=seed).json["task_id"]).json["extra"]["seed"]
        for _ in range(5)
    }
    assert len(seeds) > 1
    assert all(0 <= int(seed) < 2**32 for seed in seeds)


def test_a_task_nobody_submitted_is_not_found(engine):
    answer = engine.result("4c1d3c0e-0000-0000-0000-000000000000")
    assert (answer.status, answer.reason) == (404, "TASK_NOT_FOUND")


@pytest.mark.parametrize("query", ["", "?task_id=", "?task=1"])
def test_a_poll_names_its_task(engine, query):
    answer = engine.ask("GET", RESULT + query)
    assert (answer.status, answer.reason) == (400, "INVALID_REQUEST_BODY")
    assert "task_id" in answer.json["message"]


# Models and money


def test_the_model_list_reads_as_documented(engine):
    rows = engine.ask("GET", "/v3/model?pagination.limit=100").json["models"]
    assert len(rows) == len(catalogue.ENTRIES)
    for row in rows:
        model = Model.from_json(row)
        assert model.available
        assert not model.is_sdxl
        assert model.base_model == "SD 1.5"
        assert row["cover_url"].startswith("http://127.0.0.1:8900/covers/")
    assert len({row["id"] for row in rows}) == len(rows)


@pytest.mark.parametrize("kind", ["checkpoint", "lora", "textualinversion"])
def test_models_are_filtered_by_kind(engine, kind):
    rows = engine.ask("GET", f"/v3/model?filter.types={kind}&pagination.limit=100").json["models"]
    assert {row["type"]["name"] for row in rows} == {kind}


def test_models_of_two_kinds_come_together(engine):
    for query in ("filter.types=lora,checkpoint", "filter.types=lora&filter.types=checkpoint"):
        rows = engine.ask("GET", f"/v3/model?{query}&pagination.limit=100").json["models"]
        assert {row["type"]["name"] for row in rows} == {"lora", "checkpoint"}


@pytest.mark.parametrize(
    "query", ["filter.types=vae", "filter.is_sdxl=true", "filter.visibility=private"]
)
def test_what_the_engine_has_not_is_an_empty_list(engine, query):
    found = engine.ask("GET", f"/v3/model?{query}").json
    assert found == {"models": [], "pagination": {"next_cursor": ""}}


def test_models_are_found_by_a_part_of_their_name_in_any_case(engine):
    rows = engine.ask("GET", "/v3/model?filter.query=DARKSUSHI").json["models"]
    assert CHECKPOINT in {row["sd_name"] for row in rows}
    assert not engine.ask("GET", "/v3/model?filter.query=zzzzzz").json["models"]


def test_pages_follow_one_another_to_the_end(engine):
    seen, cursor = [], ""
    while True:
        suffix = f"&pagination.cursor={cursor}" if cursor else ""
        page = engine.ask("GET", f"/v3/model?pagination.limit=2{suffix}").json
        assert len(page["models"]) <= 2
        seen += [row["id"] for row in page["models"]]
        cursor = page["pagination"]["next_cursor"]
        if not cursor:
            break
    assert len(seen) == len(set(seen)) == len(catalogue.ENTRIES)


def test_a_cursor_past_the_end_is_an_empty_page(engine):
    found = engine.ask("GET", "/v3/model?pagination.cursor=c_900").json
    assert found == {"models": [], "pagination": {"next_cursor": ""}}


@pytest.mark.parametrize(
    "query",
    [
        "pagination.limit=0",
        "pagination.limit=101",
        "pagination.limit=x",
        "pagination.limit=%C2%B2",
        "pagination.cursor=x",
        "pagination.cursor=c_-1",
        "pagination.cursor=c_",
        "filter.is_sdxl=maybe",
    ],
)
def test_a_bad_filter_is_named(engine, query):
    answer = engine.ask("GET", f"/v3/model?{query}")
    assert (answer.status, answer.reason) == (400, "INVALID_REQUEST_BODY")
    assert query.partition("=")[0] in answer.json["message"]


def test_every_cover_is_a_picture_that_needs_no_key(engine):
    rows = engine.ask("GET", "/v3/model?pagination.limit=100").json["models"]
    for row in rows[:3]:
        path = row["cover_url"].removeprefix("http://127.0.0.1:8900")
        answer = engine.ask("GET", path, key=None)
        assert (answer.status, answer.headers["Content-Type"]) == (200, "image/webp")
        assert answer.body[:4] == b"RIFF"
        again = engine.ask("GET", path, key=None, if_none_match=answer.headers["ETag"])
        assert (again.status, again.body) == (304, b"")


def test_the_balance_is_told_in_strings(engine):
    found = engine.ask("GET", "/openapi/v1/billing/balance/detail").json
    assert set(found) == {
        "availableBalance",
        "cashBalance",
        "creditLimit",
        "pendingCharges",
        "outstandingInvoices",
    }
    assert all(isinstance(value, str) and value.isdecimal() for value in found.values())
    assert Balance.from_json(found).available > 0


def test_the_user_is_told(engine):
    found = engine.ask("GET", "/v3/user").json
    assert set(found) == {"allow_features", "credit_balance", "free_trial"}
