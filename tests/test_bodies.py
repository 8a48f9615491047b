"""What a request may bring along: whatever is larger than any form is refused unread."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from storyboard.stories.models import Project


class Unread:
    """A body that nobody may touch."""

    def read(self, *size: int) -> bytes:
        raise AssertionError("it was read")

    readline = read


@pytest.mark.parametrize("length", [settings.BODY_MAX + 1, 10**12, "9" * 40])
@pytest.mark.parametrize("name", ["project_import_preview", "project_rename"])
def test_a_body_larger_than_any_form_is_refused_unread(cast, story, name, length):
    path = reverse(name, args=(story.project.pk,))
    answer = cast.browser("editor").generic(
        "POST",
        path,
        "title=x",
        "application/x-www-form-urlencoded",
        headers={"Content-Length": str(length)},
        **{"wsgi.input": Unread()},
    )
    assert answer.status_code == 413
    page = answer.content.decode()
    assert "Too much at once" in page
    assert answer["X-Request-ID"] in page
    assert Project.objects.get(pk=story.project.pk).title == story.project.title


@pytest.mark.parametrize("length", ["", "-5", "0"])
def test_a_length_that_is_none_breaks_nothing(cast, story, length):
    path = reverse("project_rename", args=(story.project.pk,))
    answer = cast.browser("editor").generic(
        "POST",
        path,
        "title=x",
        "application/x-www-form-urlencoded",
        headers={"Content-Length": length},
    )
    assert answer.status_code in {302, 422}


def test_of_bodies_one_too_many_is_refused_unread(db, settings):
    settings.BODIES_AT_ONCE, settings.BODY_PLACE_SECONDS = 0, 0.01
    answer = Client().generic(
        "POST", reverse("account_login"), "x", **{"wsgi.input": Unread(), "CONTENT_LENGTH": "1"}
    )
    assert answer.status_code == 503
    page = answer.content.decode()
    assert "try again in a minute" in page
    assert answer["X-Request-ID"] in page


def test_a_body_gives_its_place_back_however_it_ends(db, settings):
    settings.BODIES_AT_ONCE, settings.BODY_PLACE_SECONDS = 1, 0.01
    browser = Client()
    broken = BytesIO()
    broken.close()
    for _ in range(2):
        with pytest.raises(ValueError, match="closed file"):
            browser.post(reverse("account_login"), {"login": "x"}, **{"wsgi.input": broken})
        assert browser.post(reverse("account_login"), {"login": "x"}).status_code == 422


class Gone:
    """A body whose sender went away."""

    def read(self, *size: int) -> bytes:
        raise ConnectionResetError

    readline = read


def test_a_sender_who_went_away_is_no_error_of_ours(db, settings, caplog):
    settings.BODIES_AT_ONCE = 1
    browser = Client()
    body = {"wsgi.input": Gone(), "CONTENT_LENGTH": "9"}
    for _ in range(2):
        answer = browser.generic("POST", reverse("account_login"), "x", **body)
        assert answer.status_code == 400
    assert "Traceback" not in caplog.text


def test_the_largest_body_that_is_borne_is_read(cast, story):
    path = reverse("project_import_preview", args=(story.project.pk,))
    text = "A girl waits. " * 140_000
    assert cast.browser("editor").post(path, {"text": text, "way": "paragraph"}).status_code == 200
