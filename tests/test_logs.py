"""Logs: one event is one line, each request has an id, and no secret is in any of it."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.urls import reverse

from storyboard.keeping.logs import JsonLine, OneLine
from storyboard.people.newcomers import Newcomer
from storyboard.renders.queue import queue_story
from storyboard.renders.states import State
from tests.access_table import DOORS
from tests.everybody import template_of
from tests.studio import NOON, Studio

HOSTILE = [
    "one\r\ntwo",
    "\x1b[2Jgone",
    '"}, {"level": "INFO',
    "a\u2028b",
    "\u202eturned",
    "\x85next",
    "nul\0",
]
# What an address says of which row, page or kind it is about. Whatever else one has is a secret.
TOLD = {"pk", "revision_pk", "lora_pk", "embedding_pk", "object_id", "uidb36"}
TOLD |= {"app_label", "what", "kind"}
WITH_SECRETS = [door.name for door in DOORS if set(template_of(door.name)[1]) - TOLD]
TOKENS = ["canary-canary", "canary-canary:1abc:canary", ".canary_canary:1abc:canary"]


@pytest.fixture(params=[OneLine, JsonLine], ids=["text", "json"])
def log(request) -> Iterator[io.StringIO]:
    """Everything that the program logs while a test runs, as one of the formats has it."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(request.param())
    root = logging.getLogger()
    root.addHandler(handler)
    yield stream
    root.removeHandler(handler)


def formatted(formatter: logging.Formatter, message: str, *arguments: object, **more) -> str:
    record = logging.LogRecord("storyboard.x", logging.INFO, "", 0, message, arguments, None)
    record.__dict__.update(more)
    return formatter.format(record)


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("formatter", [OneLine(), JsonLine()])
def test_one_event_is_one_line_whatever_it_quotes(formatter, text):
    line = formatted(formatter, "render said %s", text)
    assert line.splitlines() == [line]
    assert line.isprintable()
    if isinstance(formatter, JsonLine):
        assert json.loads(line)["message"] == f"render said {text}"
        assert json.loads(line)["level"] == "INFO"


@pytest.mark.parametrize("text", HOSTILE)
def test_a_traceback_cannot_pass_for_another_event(text):
    try:
        raise ValueError(text)
    except ValueError as error:
        found = (ValueError, error, error.__traceback__)
    first, *more = formatted(OneLine(), "it broke", exc_info=found).split("\n")
    assert first.endswith("it broke")
    assert more
    assert all(line.startswith("    | ") and line.isprintable() for line in more)
    whole = formatted(JsonLine(), "it broke", exc_info=found)
    assert "ValueError" in json.loads(whole)["exception"]
    assert "\n" not in whole


def test_the_rows_that_a_database_quotes_are_left_out():
    said = "null value in column x\nDETAIL: Failing row contains (canary)."
    try:
        try:
            raise DatabaseError(said)
        except DatabaseError as error:
            raise RuntimeError("could not save") from error
    except RuntimeError as error:
        found = (RuntimeError, error, error.__traceback__)
    for formatter in (OneLine(), JsonLine()):
        line = formatted(formatter, "it broke", exc_info=found)
        assert "null value in column x" in line
        assert "could not save" in line
        assert "canary" not in line


def test_keys_tokens_and_passwords_are_left_out(settings):
    settings.NOVITA_API_KEY = "sk_canary_key"
    settings.METRICS_TOKEN = "canary-of-monitoring"
    settings.DATABASES["default"]["PASSWORD"] = "canary-of-database"
    try:
        message = (
            "sk_canary_key canary-of-monitoring canary-of-database Authorization: Bearer canary123 "
            f"{settings.SECRET_KEY}"
        )
        for formatter in (OneLine(), JsonLine()):
            line = formatted(formatter, message)
            assert "canary" not in line
            assert settings.SECRET_KEY not in line
    finally:
        settings.DATABASES["default"]["PASSWORD"] = ""


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize("name", WITH_SECRETS)
def test_the_secret_of_an_address_is_left_out_however_it_is_written(name, token):
    template, parts = template_of(name)
    path = template % {part: "1" if part in TOLD else token for part in parts}
    asked = f"https://story.example{path}"
    escaped = asked.replace("/", "\\/")
    for text in (path, asked, escaped, f"?next={quote(path, safe='')}", path.upper()):
        for formatter in (OneLine(), JsonLine()):
            line = formatted(formatter, f"Forbidden: {text}")
            assert "canary" not in line.lower()
            assert "[secret]" in line


@pytest.mark.parametrize("address", ["ada@example.net", f"{'a' * 60}@example.net"])
@pytest.mark.parametrize("checked", [False, True], ids=["no password", "no cookie"])
def test_a_link_that_still_makes_an_account_is_not_in_the_log(
    owner, settings, log, address, checked
):
    settings.SENDS_MAIL, settings.STORYBOARD_SIGNUP = True, "open"
    token = Newcomer(address, None).token()
    page = reverse("account_signup_by_letter", args=(token,))
    answer = Client(enforce_csrf_checks=checked).post(page, {"name": "Ada", "password1": "short"})
    assert answer.status_code == (403 if checked else 422)
    assert Client().get(page).status_code == 200
    said = log.getvalue()
    assert "/accounts/signup/[secret]" in said
    assert token not in said
    assert token.rpartition(":")[0] not in said


def test_no_log_of_a_whole_story_has_its_words_key_or_tokens(
    story, editor, signed_in, fake_service, settings, tmp_path, log
):
    fake_service.key = settings.NOVITA_API_KEY = "canary-of-the-key"
    settings.NOVITA_BASE_URL = fake_service.url
    settings.WEBHOOK_URL = "https://story.example"
    settings.SUBMISSIONS_PER_MINUTE = 0
    browser = signed_in(editor)
    scene = story.scenes[0]
    words = {"prompt": "canary of the prompt", "caption": "canary of the caption"}
    browser.post(reverse("scene_write", args=(scene.pk,)), words | {"version": scene.version})
    scene.refresh_from_db()
    assert scene.prompt == "canary of the prompt"
    render = queue_story(story.project, editor, "press", NOON)[0]
    studio = Studio(fake_service, render, tmp_path / "takes")
    assert studio.until_end() == State.READY
    refusal = {"reason": "ILLEGAL_PROMPT", "message": "canary of the prompt is not allowed"}
    fake_service.every("submit", "refuse", status=400, **refusal)
    studio.render = queue_story(story.project, editor, "again", NOON)[0]
    assert studio.tick() == State.FAILED
    Client().post(reverse("hook", args=(render.token,)), {"canary": "of a webhook"})
    Client().get(f"/hooks/{render.token}/more")
    Client().get("/nowhere", headers={"User-Agent": "canary\r\nof an agent"})
    said = log.getvalue()
    assert "to ready" in said
    assert "scene_write" in said
    assert "canary" not in said
    assert render.token not in said


def test_a_change_is_logged_with_act_row_and_person(story, editor, signed_in, log):
    scene = story.scenes[0]
    answer = signed_in(editor).post(reverse("scene_delete", args=(scene.pk,)))
    name = answer["X-Request-ID"]
    assert re.fullmatch("[0-9a-f]{10}", name)
    [line] = [line for line in log.getvalue().splitlines() if "scene_delete" in line]
    assert (
        f"scene_delete {scene.pk}: {answer.status_code} by user {editor.pk} from 127.0.0.1 in "
        in line
    )
    assert name in line


def test_reading_is_not_logged(story, editor, signed_in, log):
    signed_in(editor).get(reverse("project_detail", args=(story.project.pk,)))
    assert log.getvalue() == ""


@pytest.mark.parametrize("status", [400, 403, 404, 500])
def test_the_page_of_an_error_bears_the_id_that_the_log_has(story, viewer, signed_in, log, status):
    browser = signed_in(viewer)
    browser.raise_request_exception = False

    def refuse(execute, sql, *rest):
        raise DatabaseError("no such table: canary_place")

    match status:
        case 400:
            answer = browser.get("/", headers={"Host": "evil.example"})
        case 403:
            answer = browser.post(reverse("scene_delete", args=(story.scenes[0].pk,)))
        case 404:
            answer = browser.get("/nowhere", headers={"X-Request-ID": "of-the-client"})
        case _:
            with connection.execute_wrapper(refuse):
                answer = browser.get("/")
    assert answer.status_code == status
    name = answer["X-Request-ID"]
    page = answer.content.decode()
    assert f"id <code>{name}</code>" in page
    assert name in log.getvalue()
    assert "canary_place" not in page
    assert "of-the-client" not in page + log.getvalue()


def test_each_request_has_an_id_of_its_own(db):
    answers = [Client().get("/nowhere")["X-Request-ID"] for _ in range(5)]
    assert len(set(answers)) == 5
