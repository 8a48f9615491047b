"""Reading: task-result, the model list and the balance. Asking again never costs anything."""

from __future__ import annotations

import pytest

from storyboard.novita import client as client_module
from storyboard.novita.client import Client
from storyboard.novita.errors import KeyRefused, Refused, TaskGone, TryLater
from storyboard.novita.types import ScenePrompt, Task, TextToVideo

REQUEST = TextToVideo("a.safetensors", 512, 512, 20, (ScenePrompt("A fox", 8),), 7.5)
# The answer of the API's own pages.
SUCCEEDED = {
    "task": {
        "task_id": "fa20dff3-18cb-4417-a7f8-269456a35154",
        "task_type": "TXT_TO_VIDEO",
        "status": "TASK_STATUS_SUCCEED",
        "reason": "",
        "eta": 0,
        "progress_percent": 0,
    },
    "images": [],
    "videos": [
        {
            "video_url": "https://storage.example/film.mp4?X-Amz-Expires=3600",
            "video_url_ttl": "3600",
            "video_type": "mp4",
        }
    ],
    "extra": {"seed": "123", "debug_info": {"submit_time_ms": "", "execute_time_ms": "5"}},
}


@pytest.fixture
def client(fake_service) -> Client:
    return Client(fake_service.base_url, fake_service.key, timeout=(2, 2))


@pytest.fixture
def task_id(client) -> str:
    return client.submit(REQUEST)


# task-result


def test_a_task_is_followed_to_its_end(client, fake_service, task_id):
    words = [client.task(task_id) for _ in range(3)]
    assert [task.status for task in words] == [
        "TASK_STATUS_PROCESSING",
        "TASK_STATUS_PROCESSING",
        "TASK_STATUS_SUCCEED",
    ]
    assert words[-1].succeeded
    assert words[-1].seed == "4711"
    [video] = words[-1].videos
    assert (video.type, video.ttl) == ("mp4", 3600)
    assert fake_service.polls[0].query == {"task_id": task_id}


def test_the_documented_answer_is_read_whole():
    task = Task.from_json(SUCCEEDED)
    assert (task.task_id, task.seed) == ("fa20dff3-18cb-4417-a7f8-269456a35154", "123")
    assert (task.succeeded, task.failed, task.eta, task.progress) == (True, False, 0, 0)
    assert task.videos[0].url == "https://storage.example/film.mp4?X-Amz-Expires=3600"


@pytest.mark.parametrize(
    "missing", [{"extra": None}, {"videos": None}, {"extra": {}}, {"videos": []}, {"new": 1}]
)
def test_an_answer_may_leave_out_what_it_likes(missing):
    assert Task.from_json(SUCCEEDED | missing).succeeded


@pytest.mark.parametrize("ttl", ["3600", 3600, 3600.0])
def test_the_time_a_link_lives_may_be_a_string_or_a_number(ttl):
    video = SUCCEEDED["videos"][0] | {"video_url_ttl": ttl}
    assert Task.from_json(SUCCEEDED | {"videos": [video]}).videos[0].ttl == 3600


@pytest.mark.parametrize("video", [None, 7, "x", {}, {"video_url": ""}, {"video_url": 7}])
def test_a_row_that_names_no_video_is_none(video):
    assert Task.from_json(SUCCEEDED | {"videos": [video]}).videos == ()


@pytest.mark.parametrize(
    ("eta", "progress", "read"),
    [
        (12, 40, (12, 40)),
        ("12", "40", (12, 40)),
        (None, None, (None, 0)),
        (-1, -5, (None, 0)),
        ("soon", "half", (None, 0)),
        (float("nan"), float("inf"), (None, 0)),
        (3, 250, (3, 100)),
    ],
)
def test_time_left_and_progress_are_believed_within_reason(eta, progress, read):
    task = SUCCEEDED["task"] | {"eta": eta, "progress_percent": progress}
    answer = Task.from_json({"task": task})
    assert (answer.eta, answer.progress) == read


def test_a_status_nobody_documented_is_neither_end(client, fake_service, task_id):
    fake_service.answers("TASK_STATUS_DREAMING", task_id=task_id)
    task = client.task(task_id)
    assert (task.status, task.succeeded, task.failed) == ("TASK_STATUS_DREAMING", False, False)


def test_a_failed_task_says_why(client, fake_service, task_id):
    fake_service.answers("failed", task_id=task_id, reason="out of memory")
    task = client.task(task_id)
    assert (task.failed, task.reason) == (True, "out of memory")


@pytest.mark.parametrize(
    ("word", "videos"), [("no_video", 0), ("null_video", 0), ("two_videos", 2)]
)
def test_success_comes_with_as_many_videos_as_it_likes(client, fake_service, task_id, word, videos):
    fake_service.answers(word, task_id=task_id)
    task = client.task(task_id)
    assert task.succeeded
    assert len(task.videos) == videos


def test_a_task_that_the_service_does_not_know_is_gone(client, task_id):
    with pytest.raises(TaskGone) as caught:
        client.task("another")
    assert (caught.value.reason, caught.value.status) == ("TASK_NOT_FOUND", 404)


@pytest.mark.parametrize(
    ("what", "options", "kind"),
    [
        ("refuse", {"reason": "INVALID_API_KEY", "status": 401}, KeyRefused),
        ("refuse", {"reason": "INVALID_REQUEST_BODY"}, Refused),
        ("refuse", {"reason": "GET_RESULT_FAILED", "status": 500}, TryLater),
        ("refuse", {"reason": "TASK_FAILED", "status": 500}, TryLater),
        ("rate_limit", {}, TryLater),
        ("error", {"status": 500}, TryLater),
        ("error", {"status": 503}, TryLater),
        ("error", {"status": 408}, TryLater),
        ("garbage", {"kind": "html"}, TryLater),
        ("garbage", {"kind": "cut"}, TryLater),
        ("garbage", {"kind": "list"}, TryLater),
        ("garbage", {"kind": "empty"}, TryLater),
        ("garbage", {"kind": "no_task"}, TryLater),
        ("garbage", {"kind": "huge"}, TryLater),
        ("redirect", {"to": "/elsewhere"}, TryLater),
        ("hang", {}, TryLater),
        ("reset", {}, TryLater),
    ],
)
def test_a_question_that_finds_no_answer_is_asked_later(
    client, fake_service, task_id, what, options, kind
):
    fake_service.next_poll(what, **options)
    with pytest.raises(kind) as caught:
        client.task(task_id)
    assert type(caught.value) is kind
    # It did no harm: the same question finds its answer now.
    assert client.task(task_id).task_id == task_id


@pytest.mark.parametrize("fault", ["drip", "drip_head"])
def test_an_answer_that_drips_has_an_end(client, fake_service, task_id, monkeypatch, fault):
    monkeypatch.setattr(client_module, "ANSWER_SECONDS_MAX", 0.3)
    fake_service.next_poll(fault)
    with pytest.raises(TryLater):
        client.task(task_id)


def test_the_wait_that_is_asked_for_comes_along(client, fake_service, task_id):
    fake_service.next_poll("rate_limit", after="9")
    with pytest.raises(TryLater) as caught:
        client.task(task_id)
    assert caught.value.after == 9


# Models


def row(number: int, **changes) -> dict:
    return {
        "id": number,
        "name": f"Model {number}",
        "sd_name": f"model_{number}.safetensors",
        "sd_name_in_api": f"model_{number}",
        "type": {"name": "lora", "display_name": "LoRA"},
        "base_model": "SD 1.5",
        "status": 1,
        "tags": ["night", "snow"],
        "categories": [],
        "cover_url": "https://covers.example/1.png",
        "is_sdxl": False,
        **changes,
    }


def test_a_page_is_asked_for_in_the_documented_words(client, fake_service):
    fake_service.models["lora"] = [row(1)]
    page = client.models("lora", query="model")
    assert fake_service.requests[-1].query == {
        "filter.types": "lora",
        "filter.is_sdxl": "false",
        "filter.query": "model",
        "pagination.limit": "100",
    }
    [model] = page.models
    assert (model.name, model.sd_name, model.api_name) == (
        "Model 1",
        "model_1.safetensors",
        "model_1",
    )
    assert (model.type, model.base_model, model.available, model.is_sdxl) == (
        "lora",
        "SD 1.5",
        True,
        False,
    )
    assert (model.tags, model.cover_url) == (("night", "snow"), "https://covers.example/1.png")


def test_all_models_are_read_page_by_page(client, fake_service):
    fake_service.models["lora"] = [row(number) for number in range(250)]
    assert len(list(client.all_models("lora"))) == 250
    assert [asked.query.get("pagination.cursor") for asked in fake_service.requests] == [
        None,
        "c_100",
        "c_200",
    ]


def test_a_cursor_that_repeats_itself_ends_the_list(client, fake_service):
    fake_service.models["lora"] = [row(number) for number in range(250)]
    fake_service.stuck_cursor = "c_100"
    assert len(list(client.all_models("lora"))) == 200
    assert len(fake_service.requests) == 2


def test_a_list_without_end_is_given_up(client, fake_service, monkeypatch):
    monkeypatch.setattr(client_module, "PAGES_MAX", 2)
    fake_service.models["lora"] = [row(number) for number in range(301)]
    with pytest.raises(TryLater):
        list(client.all_models("lora"))


def test_a_broken_row_does_not_take_the_others_along(client, fake_service):
    fake_service.models["lora"] = [
        {"name": "nameless"},
        7,
        row(1),
        row(2, tags=None, type=None, cover_url=None, is_sdxl=None, status=0),
    ]
    fake_service.models["lora"].pop(1)
    models = client.models("lora").models
    assert [(model.name, model.available) for model in models] == [
        ("Model 1", True),
        ("Model 2", False),
    ]


@pytest.mark.parametrize("kind", ["html", "cut", "huge", "empty", "no_task", "list"])
def test_a_model_list_that_cannot_be_read_is_asked_for_later(client, fake_service, kind):
    fake_service.next_models("garbage", kind=kind)
    with pytest.raises(TryLater):
        client.models("lora")


# Balance


def test_the_balance_is_told_in_dollars(client):
    balance = client.balance()
    assert (balance.available, balance.pending) == (12.5, 0.09)


@pytest.mark.parametrize("body", [{}, [], {"availableBalance": "much"}, {"availableBalance": None}])
def test_a_balance_that_cannot_be_read_is_asked_for_later(client, fake_service, body):
    fake_service.balance = body
    with pytest.raises(TryLater):
        client.balance()


def test_a_wrong_key_is_told_from_everything_else(fake_service):
    with pytest.raises(KeyRefused):
        Client(fake_service.base_url, "another key").balance()
