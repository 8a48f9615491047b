"""POST /scenes/<pk>/words/: prompt and caption, saved as they are typed."""

from __future__ import annotations

import pytest
from django.urls import reverse

from tests.ladder import assert_only_writers_may

HTMX = {"HX-Request": "true"}


@pytest.fixture
def url(story) -> str:
    return reverse("scene_write", args=(story.scenes[0].pk,))


def test_only_writers_may(cast, story, url):
    assert_only_writers_may(cast, url, {"prompt": "Mine now", "version": 1})
    story.scenes[0].refresh_from_db()
    assert story.scenes[0].prompt == "Dusk falls on the snow"


@pytest.mark.parametrize(("headers", "status"), [(HTMX, 200), ({}, 302)])
def test_words_are_stored(cast, story, url, headers, status):
    words = {"prompt": "A fox waits", "caption": "Evening", "version": 1}
    answer = cast.browser("editor").post(url, words, headers=headers)
    assert answer.status_code == status
    story.scenes[0].refresh_from_db()
    scene = story.scenes[0]
    assert (scene.prompt, scene.caption, scene.version) == ("A fox waits", "Evening", 2)


def test_the_answer_carries_the_version_for_the_next_save(cast, url):
    answer = cast.browser("editor").post(url, {"prompt": "A", "version": 1}, headers=HTMX)
    assert 'name="version" value="2"' in answer.content.decode()


@pytest.mark.parametrize("headers", [HTMX, {}])
def test_a_prompt_of_1025_characters_is_refused_and_kept_on_the_page(cast, story, url, headers):
    words = {"prompt": "x" * 1025, "version": 1}
    answer = cast.browser("editor").post(url, words, headers=headers)
    assert answer.status_code == 422
    assert "at most 1024 characters" in answer.content.decode()
    if not headers:
        assert "x" * 1025 in answer.content.decode()
    story.scenes[0].refresh_from_db()
    assert story.scenes[0].prompt == "Dusk falls on the snow"


@pytest.mark.parametrize("headers", [HTMX, {}])
def test_a_stale_write_is_answered_with_both_texts(cast, story, url, headers):
    story.scenes[0].write(prompt="Theirs", caption="", version=1)
    words = {"prompt": "Mine", "version": 1}
    answer = cast.browser("editor").post(url, words, headers=headers)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Theirs" in page
    assert "Keep mine" in page
    # Until the writer chooses, another save from the same page is stale as well.
    assert 'name="version" value="1"' in page
    story.scenes[0].refresh_from_db()
    assert story.scenes[0].prompt == "Theirs"


@pytest.mark.parametrize(
    ("choice", "kept"), [("mine", "Mine"), ("theirs", "Theirs"), ("both", "Theirs\nMine")]
)
def test_a_clash_is_settled_by_choice(cast, story, url, choice, kept):
    story.scenes[0].write(prompt="Theirs", caption="", version=1)
    words = {"prompt": "Mine", "version": 1, "settles": 2, "take": choice}
    answer = cast.browser("editor").post(url, words, headers=HTMX)
    assert answer.status_code == 200
    story.scenes[0].refresh_from_db()
    assert story.scenes[0].prompt == kept


def test_a_third_hand_during_the_choice_is_a_clash_again(cast, story, url):
    story.scenes[0].write(prompt="Theirs", caption="", version=1)
    story.scenes[0].write(prompt="A third", caption="", version=2)
    words = {"prompt": "Mine", "version": 1, "settles": 2, "take": "mine"}
    assert cast.browser("editor").post(url, words, headers=HTMX).status_code == 409


@pytest.mark.parametrize("version", ["", "x", "0", "9" * 40])
def test_a_broken_version_is_refused(cast, story, url, version):
    answer = cast.browser("editor").post(url, {"prompt": "A", "version": version}, headers=HTMX)
    assert answer.status_code in (409, 422)
    story.scenes[0].refresh_from_db()
    assert story.scenes[0].version == 1
