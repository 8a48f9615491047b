"""Submitting: asked once, and sorted by what may be done next."""

from __future__ import annotations

import logging
import socket
import time
from email.utils import formatdate

import pytest

from storyboard.novita import client as client_module
from storyboard.novita.client import Client
from storyboard.novita.errors import KeyRefused, NovitaError, Refused, TryLater, Unsure
from storyboard.novita.types import ScenePrompt, TextToVideo

REQUEST = TextToVideo(
    model_name="dreamshaper_8_93211.safetensors",
    width=512,
    height=512,
    steps=20,
    prompts=(ScenePrompt("A fox waits by the gate", 16), ScenePrompt("Snow begins", 24)),
    guidance_scale=7.5,
)


@pytest.fixture
def client(fake_service) -> Client:
    return Client(fake_service.base_url, fake_service.key, timeout=(2, 2))


def error_of(client: Client, kind: type[NovitaError]) -> NovitaError:
    with pytest.raises(kind) as caught:
        client.submit(REQUEST)
    assert type(caught.value) is kind
    return caught.value


def test_a_submission_is_charged_once_and_answered_with_its_task(client, fake_service):
    task_id = client.submit(REQUEST)
    assert fake_service.ledger == [task_id]
    [asked] = fake_service.requests
    assert (asked.method, asked.path) == ("POST", "/v3/async/txt2video")
    assert asked.json == REQUEST.to_json()
    assert asked.headers["authorization"] == f"Bearer {fake_service.key}"
    assert asked.headers["content-type"] == "application/json"
    assert fake_service.violations == []


def test_a_frozen_body_leaves_as_it_was_kept(client, fake_service):
    body = REQUEST.to_json() | {"seed": 7}
    assert client.submit_body(body) == fake_service.ledger[0]
    assert fake_service.requests[0].json == body


@pytest.mark.parametrize(
    ("status", "reason", "kind"),
    [
        (400, "INVALID_REQUEST_BODY", Refused),
        (400, "ILLEGAL_PROMPT", Refused),
        (404, "API_NOT_FOUND", Refused),
        (400, "SOMETHING_NEW", Refused),
        # The vendor's pages disagree on the status of these, so the reason decides.
        (400, "INVALID_API_KEY", KeyRefused),
        (401, "INVALID_API_KEY", KeyRefused),
        (403, "INVALID_API_KEY", KeyRefused),
        (401, "MISSING_API_KEY", KeyRefused),
        (403, "API_NOT_ALLOWED", KeyRefused),
        (403, "FEATURE_NOT_ALLOWED", KeyRefused),
        (403, "NEED_REAL_NAME_VERIFY", KeyRefused),
        (403, "BILLING_AUTH_FAILED", KeyRefused),
        (400, "BILLING_BALANCE_NOT_ENOUGH", KeyRefused),
        (403, "BILLING_BALANCE_NOT_ENOUGH", KeyRefused),
        (500, "INVALID_API_KEY", KeyRefused),
        (400, "RATE_LIMIT_EXCEEDED", TryLater),
        (500, "BILLING_FAILED", Unsure),
        (500, "CREATE_TASK_FAILED", Unsure),
        (400, "CREATE_TASK_FAILED", Unsure),
    ],
)
def test_a_refusal_is_sorted_by_its_reason_first(client, fake_service, status, reason, kind):
    fake_service.next_submit("refuse", status=status, reason=reason, message="their words")
    error = error_of(client, kind)
    assert (error.reason, error.status, str(error)) == (reason, status, "their words")
    assert len(fake_service.submissions) == 1


@pytest.mark.parametrize(
    ("status", "kind", "reason"),
    [
        (400, Refused, "INVALID_REQUEST_BODY"),
        (401, KeyRefused, "INVALID_API_KEY"),
        (403, KeyRefused, "INVALID_API_KEY"),
        (404, Refused, "API_NOT_FOUND"),
        (429, TryLater, "RATE_LIMIT_EXCEEDED"),
        (408, Unsure, "bad_answer"),
        (500, Unsure, "bad_answer"),
        (502, Unsure, "bad_answer"),
        (503, Unsure, "bad_answer"),
        (504, Unsure, "bad_answer"),
        (201, Unsure, "bad_answer"),
    ],
)
def test_an_answer_without_a_reason_is_sorted_by_its_status(
    client, fake_service, status, kind, reason
):
    fake_service.next_submit("error", status=status)
    error = error_of(client, kind)
    assert (error.reason, error.status) == (reason, status)
    assert len(str(error)) <= 500


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("7", 7),
        ("0.5", 0.5),
        ("86400", 600),
        ("-3", None),
        ("soon", None),
        ("nan", None),
        ("inf", 600),
        ("Thu, 01 Jan 1970 00:00:00 GMT", None),
    ],
)
def test_the_wait_that_a_429_asks_for_is_honoured_within_bounds(
    client, fake_service, header, seconds
):
    fake_service.next_submit("rate_limit", after=header)
    error = error_of(client, TryLater)
    assert error.after == seconds
    assert fake_service.ledger == []


def test_a_wait_may_be_named_as_a_date(client, fake_service):
    fake_service.next_submit("rate_limit", after=formatdate(time.time() + 60, usegmt=True))
    assert error_of(client, TryLater).after == pytest.approx(60, abs=5)


@pytest.mark.parametrize(
    "kind", ["html", "cut", "no_task", "empty_task", "list", "empty", "huge", "bomb"]
)
def test_a_200_that_names_no_task_leaves_it_unsure(client, fake_service, kind):
    fake_service.next_submit("garbage", kind=kind)
    error = error_of(client, Unsure)
    assert error.reason == ("no_answer" if kind in ("huge", "bomb") else "bad_answer")
    assert len(str(error)) <= 2000
    assert len(fake_service.submissions) == len(fake_service.ledger) == 1


@pytest.mark.parametrize("fault", ["hang", "reset", "drip", "drip_head"])
def test_an_answer_that_never_comes_leaves_it_unsure_and_is_not_asked_again(
    client, fake_service, monkeypatch, fault
):
    monkeypatch.setattr(client_module, "ANSWER_SECONDS_MAX", 1)
    fake_service.next_submit(fault)
    assert error_of(client, Unsure).reason == "no_answer"
    assert len(fake_service.submissions) == len(fake_service.ledger) == 1


def test_a_redirect_is_not_followed_with_the_key(client, fake_service):
    fake_service.next_submit("redirect", to=f"{fake_service.base_url}/elsewhere", status=307)
    error_of(client, Unsure)
    assert [request.path for request in fake_service.requests] == ["/v3/async/txt2video"]


def test_a_service_that_is_down_has_certainly_not_accepted(client, fake_service):
    fake_service.stop()
    error = error_of(client, TryLater)
    assert (error.reason, error.status, error.after) == ("not_connected", None, None)


def test_a_name_that_leads_nowhere_has_certainly_not_accepted():
    client = Client("http://nowhere.invalid", "key", timeout=(2, 2))
    assert error_of(client, TryLater).reason == "not_connected"


def test_a_port_that_accepts_and_closes_leaves_it_unsure():
    """The bytes may have been read, so nothing says that they were not acted upon."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = Client(f"http://127.0.0.1:{listener.getsockname()[1]}", "key", timeout=(2, 0.3))
        assert error_of(client, Unsure).reason == "no_answer"


def test_a_connection_that_the_service_closed_meanwhile_loses_no_submission(client, fake_service):
    client.task(client.submit(REQUEST))
    fake_service.stop()
    fake_service.start()
    client.submit(REQUEST)
    assert len(fake_service.ledger) == 2


def test_the_key_is_in_no_error_and_no_log(client, fake_service, caplog):
    caplog.set_level(logging.DEBUG)
    for fault in ("refuse", "rate_limit", "error", "garbage", "reset"):
        fake_service.next_submit(fault)
        with pytest.raises(NovitaError) as caught:
            client.submit(REQUEST)
        cause: BaseException | None = caught.value
        while cause is not None:
            assert fake_service.key not in f"{cause} {cause!r}"
            cause = cause.__cause__ or cause.__context__
    fake_service.stop()
    with pytest.raises(NovitaError):
        client.submit(REQUEST)
    assert fake_service.key not in caplog.text
    assert fake_service.key not in repr(client)


def test_a_service_that_repeats_the_key_does_not_make_it_public(client, fake_service):
    message = f"Bearer {fake_service.key} is not valid"
    fake_service.next_submit("refuse", reason="INVALID_API_KEY", message=message)
    assert str(error_of(client, KeyRefused)) == "Bearer [the key] is not valid"


def test_proxies_and_netrc_of_the_surroundings_are_not_used(
    client, fake_service, monkeypatch, tmp_path
):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password theirs\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    client.submit(REQUEST)
    assert fake_service.requests[0].headers["authorization"] == f"Bearer {fake_service.key}"
