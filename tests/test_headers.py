"""Headers of every answer: who may keep it, frame it, embed it, and what a page may do."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from tests.access_table import DOORS
from tests.everybody import knock, path_of
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
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert answer["Cross-Origin-Embedder-Policy"] == "require-corp"
    assert "camera=()" in answer["Permissions-Policy"]
    answer.close()


def test_films_of_a_bucket_are_embedded_without_cookies(cast, addresses, settings):
    settings.TAKES_REDIRECT = True
    answer = cast.browser("editor").get(addresses["page"])
    assert answer["Cross-Origin-Embedder-Policy"] == "credentialless"


def test_the_policy_allows_nothing_that_is_not_named(cast, addresses):
    policy = cast.browser("editor").get(addresses["page"])["Content-Security-Policy"]
    found = dict(part.strip().split(" ", 1) for part in policy.split(";") if part.strip())
    assert found["default-src"] == "'none'"
    assert found["base-uri"] == found["frame-ancestors"] == found["object-src"] == "'none'"
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


@pytest.fixture
def with_files(settings):
    """Static files answered as in an installation, from where they lie."""
    settings.WHITENOISE_USE_FINDERS = settings.WHITENOISE_AUTOREFRESH = True


STATIC = ["css/tokens.css", "js/page.js", "icons.svg", "vendor/fonts/inter-latin-400-700.woff2"]


@pytest.mark.parametrize("name", STATIC)
def test_a_static_file_has_the_same_policy_and_is_for_this_site_alone(db, with_files, name):
    answer = Client().get(f"/static/{name}", headers={"Origin": "https://evil.test"})
    assert answer.status_code == 200
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert not [name for name in answer.headers if name.startswith("Access-Control-")]
    answer.close()


def test_a_redirect_to_https_has_the_policy_too(db, settings):
    settings.SECURE_SSL_REDIRECT = True
    answer = Client().get("/accounts/login/")
    assert answer.status_code == 301
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]


@pytest.mark.parametrize("name", ["css/tokens.css", "js/page.js", "icons.svg"])
def test_a_static_file_says_how_it_is_encoded(db, with_files, name):
    answer = Client().get(f"/static/{name}")
    assert re.fullmatch(r'(text|image)/[\w+]+; charset="?utf-8"?', answer["Content-Type"])
    answer.close()


def test_every_answer_with_words_says_what_they_are_and_how_they_are_encoded(world):
    textual = re.compile(r"text/|.*[/+]xml")
    for door in DOORS:
        for method in set(door.methods) & {"GET", "POST"}:
            answer = knock(world, "owner", method, path_of(door, world))
            kind = answer.headers.get("Content-Type", "")
            if textual.match(kind):
                assert "charset=utf-8" in kind, door.name
            if getattr(answer, "content", b"") or getattr(answer, "content_read", b""):
                assert kind, door.name


def test_there_are_two_cookies_and_no_script_reads_them(owner):
    browser = Client()
    browser.get(reverse("account_login"))
    browser.post(reverse("account_login"), {"login": owner.email, "password": "a long password"})
    browser.post(reverse("account_name"), {"name": "Ada"})
    assert set(browser.cookies) == {"sessionid", "csrftoken"}
    for cookie in browser.cookies.values():
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"
        assert (cookie["path"], cookie["domain"]) == ("/", "")
