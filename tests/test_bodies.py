"""What a request may bring along: whatever is larger than any form is refused unread."""

from __future__ import annotations

import pytest
from django.conf import settings
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


def test_the_largest_body_that_is_borne_is_read(cast, story):
    path = reverse("project_import_preview", args=(story.project.pk,))
    text = "A girl waits. " * 140_000
    assert cast.browser("editor").post(path, {"text": text, "way": "paragraph"}).status_code == 200
