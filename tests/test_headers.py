"""Headers of every answer: who may keep it, frame it, embed it, and what a page may do."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from tests.shelf import add_take


@pytest.fixture
def addresses(story) -> dict[str, str]:
    take = add_take(story.project, stored=True)
    return {
        "page": reverse("project_detail", args=(story.project.pk,)),
        "list": reverse("project_list"),
        "missing": "/projects/999999/",
        "video": reverse("take_video", args=(take.pk,)),
        "health": "/healthz",
        "act": reverse("render_story", args=(story.project.pk,)),
    }


@pytest.mark.parametrize("name", ["page", "list", "missing", "video", "health", "act"])
def test_every_answer_is_nobody_elses(cast, addresses, name):
    answer = cast.browser("editor").get(addresses[name])
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in answer["Permissions-Policy"]
    answer.close()


def test_the_policy_allows_nothing_that_is_not_named(cast, addresses):
    policy = cast.browser("editor").get(addresses["page"])["Content-Security-Policy"]
    found = dict(part.strip().split(" ", 1) for part in policy.split(";") if part.strip())
    assert found["default-src"] == "'none'"
    assert found["base-uri"] == found["frame-ancestors"] == "'none'"
    assert found["form-action"] == "'self'"
    assert found["script-src"] == found["style-src"] == "'self'"
    assert "unsafe" not in policy


@pytest.mark.parametrize("name", ["page", "list", "missing", "act"])
def test_a_page_is_kept_by_nobody(cast, addresses, name):
    answer = cast.browser("editor").get(addresses[name])
    assert "no-store" in answer["Cache-Control"]
    assert "HX-Request" in answer["Vary"]


def test_the_sign_in_page_is_kept_by_nobody(db):
    assert "no-store" in Client().get(reverse("account_login"))["Cache-Control"]


def test_a_film_is_kept_by_its_reader_alone(cast, addresses):
    answer = cast.browser("viewer").get(addresses["video"])
    assert answer["Cache-Control"].startswith("private")
    answer.close()


def test_the_address_of_an_act_opened_as_a_page_says_so(cast, addresses):
    answer = cast.browser("editor").get(addresses["act"], headers={"Accept": "text/html"})
    assert answer.status_code == 405
    assert answer["Allow"] == "POST"
    words = answer.content.decode()
    assert "This address is not a page" in words
    assert answer["X-Request-ID"] in words


def test_a_script_that_asks_wrongly_is_answered_without_a_page(cast, addresses):
    answer = cast.browser("editor").put(addresses["page"])
    assert (answer.status_code, answer.content) == (405, b"")
