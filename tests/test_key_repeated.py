"""A service that repeats the key, in whatever form: no row, page or log ever has it."""

from __future__ import annotations

import html
import json
import logging
from urllib.parse import quote

import pytest
from django.urls import reverse

from storyboard.novita.client import Client
from storyboard.novita.errors import NovitaError
from storyboard.renders.models import Gate, RenderEvent
from storyboard.renders.queue import queue_story
from storyboard.renders.states import State
from tests.studio import NOON, Studio

KEY = "sk-9/x&<y>\"z\\'=="
# The way other services' encoders write the same string, beside ours.
ESCAPED = {
    "plainly": json.dumps(KEY),
    "with signs of HTML escaped": json.dumps(KEY)
    .replace("=", r"\u003d")
    .replace("&", r"\u0026")
    .replace("<", r"\u003C")
    .replace(">", r"\u003E"),
    "with slashes escaped": json.dumps(KEY).replace("/", r"\/"),
    "with every sign escaped": '"' + "".join(rf"\u{ord(sign):04x}" for sign in KEY) + '"',
    "as HTML": json.dumps(html.escape(KEY)),
    "as an address": json.dumps(quote(KEY, safe="")),
    "as JSON in JSON": json.dumps(json.dumps({"key": KEY})),
}
# Of the key, in any form, nothing but this may be left.
PART = "sk-9"
PLACES = pytest.mark.parametrize("written", ESCAPED.values(), ids=ESCAPED)


@pytest.fixture
def studio(story, editor, fake_service, settings, tmp_path) -> Studio:
    fake_service.key = KEY
    settings.NOVITA_BASE_URL = fake_service.url
    settings.SUBMISSIONS_PER_MINUTE = 0
    [render] = queue_story(story.project, editor, "press", NOON)
    return Studio(fake_service, render, tmp_path / "takes")


def kept(studio: Studio) -> str:
    """Return all that the service's words could have ended in."""
    studio.render.refresh_from_db()
    row, gates = studio.render, Gate.objects.values_list("refused", "refused_words")
    notes = RenderEvent.objects.values_list("note", flat=True)
    return json.dumps([row.reason, row.message, row.status_word, *map(list, gates), *notes])


def said(written: str, **more: str) -> bytes:
    members = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in more.items()]
    return ("{" + ", ".join([f'"message": {written}', *members]) + "}").encode()


@PLACES
def test_a_refused_key_is_told_of_without_it(studio, written, cast, caplog):
    caplog.set_level(logging.DEBUG)
    body = said(written, reason="INVALID_API_KEY")
    studio.service.next_submit("said", status=401, body=body, charge=False)
    assert studio.tick() == State.QUEUED
    assert "[the key]" in studio.render.message
    page = cast.browser("owner").get(reverse("project_detail", args=(studio.render.project_id,)))
    assert PART not in kept(studio) + page.content.decode() + caplog.text


@PLACES
def test_a_task_that_failed_over_it_says_so_without_it(studio, written):
    studio.tick()
    task = {"task_id": studio.render.task_id, "status": "TASK_STATUS_FAILED", "reason": "?"}
    body = json.dumps({"task": task}).replace('"?"', written).encode()
    studio.service.next_poll("said", status=200, body=body)
    assert studio.next_tick() == State.FAILED
    assert "[the key]" in studio.render.message
    assert PART not in kept(studio)


@PLACES
@pytest.mark.parametrize("status", [200, 400, 500])
def test_words_in_no_place_that_we_know_are_quoted_without_it(studio, written, status):
    body = b'{"detail": ' + written.encode() + b"}"
    studio.service.next_submit("said", status=status, body=body)
    assert studio.tick() in (State.UNSURE, State.FAILED)
    assert "[the key]" in studio.render.message
    assert PART not in kept(studio)


def test_what_is_escaped_otherwise_stays_as_it_was_said(studio):
    body = rb'{"task": {"task_id": "t", "status": "TASK_STATUS_FAILED", "reason": "a\u003db \\"}}'
    studio.tick()
    studio.service.next_poll("said", status=200, body=body)
    studio.next_tick()
    assert studio.render.message == "a=b \\"


def test_a_key_of_backslashes_ends_no_string_too_early(studio):
    """The answer is read before the key is taken out of it: a charge is not lost over it."""
    studio.service.key = "end\\"
    studio.client = Client(studio.service.url, studio.service.key, timeout=(2, 2))
    body = rb'{"task_id": "one", "message": "end\\\" is no key"}'
    studio.service.next_submit("said", status=200, body=body)
    assert studio.tick() == State.WAITING
    assert studio.render.task_id == "one"


def test_an_answer_of_lists_in_lists_is_no_answer(studio):
    body = b"[" * 900 + b"]" * 900
    studio.tick()
    studio.service.next_poll("said", status=200, body=body)
    with pytest.raises(NovitaError):
        studio.client.task(studio.render.task_id)
