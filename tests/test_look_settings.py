"""POST /projects/<pk>/look/: the settings of a look, saved as they are typed."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from storyboard.looks.choosing import SETTINGS
from storyboard.stories.models import Project
from tests.ladder import assert_only_writers_may

HTMX = {"HX-Request": "true"}
STORED = {
    "width": "512",
    "height": "512",
    "steps": "20",
    "guidance_scale": "7.5",
    "seed": "-1",
    "negative_prompt": "",
    "clip_skip": "",
    "video_type": "mp4",
}


@pytest.fixture
def project(story) -> Project:
    return story.project


@pytest.fixture
def url(project) -> str:
    return reverse("look_update", args=(project.pk,))


def stored(project: Project) -> dict[str, Any]:
    return Project.objects.values(*SETTINGS).get(pk=project.pk)


def version(project: Project) -> int:
    return Project.objects.values_list("version", flat=True).get(pk=project.pk)


def test_only_writers_may(cast, project, url):
    before = stored(project)
    assert_only_writers_may(cast, url, STORED | {"steps": "30"})
    assert stored(project) == before


@pytest.mark.parametrize(("headers", "status"), [(HTMX, 200), ({}, 302)])
def test_every_setting_is_stored(cast, project, url, headers, status):
    typed = {
        "width": "640",
        "height": "256",
        "steps": "50",
        "guidance_scale": "12.5",
        "seed": "0",
        "negative_prompt": "lowres, (worst quality:2)",
        "clip_skip": "2",
        "closed_loop": "on",
        "video_type": "gif",
        "dedicated_endpoint": "on",
    }
    before = version(project)
    answer = cast.browser("editor").post(url, typed, headers=headers)
    assert answer.status_code == status
    assert stored(project) == {
        "width": 640,
        "height": 256,
        "steps": 50,
        "guidance_scale": 12.5,
        "seed": 0,
        "negative_prompt": "lowres, (worst quality:2)",
        "clip_skip": 2,
        "closed_loop": True,
        "video_type": "gif",
        "dedicated_endpoint": True,
    }
    assert version(project) == before + 1


def test_the_answer_is_the_look_as_it_is_now(cast, url):
    answer = cast.browser("editor").post(url, STORED | {"steps": "31"}, headers=HTMX)
    page = answer.content.decode()
    assert page.lstrip().startswith('<section id="look"')
    assert "31 steps" in page
    assert "<details open>" in page


def test_without_script_one_comes_back_to_the_story(cast, project, url):
    answer = cast.browser("editor").post(url, STORED)
    assert answer["Location"] == f"{reverse('project_detail', args=(project.pk,))}#look"


@pytest.mark.parametrize("headers", [HTMX, {}])
@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("width", "255", "256 to 1024"),
        ("width", "1025", "256 to 1024"),
        ("height", "512.5", "256 to 1024"),
        ("height", "", "256 to 1024"),
        ("steps", "0", "1 to 50"),
        ("steps", "51", "1 to 50"),
        ("steps", "many", "1 to 50"),
        ("guidance_scale", "0.9", "1 to 30"),
        ("guidance_scale", "30.1", "1 to 30"),
        ("guidance_scale", "nan", "1 to 30"),
        ("guidance_scale", "inf", "1 to 30"),
        ("seed", "-2", "-1 or more"),
        ("seed", "9" * 19, "-1 or more"),
        ("seed", "", "-1 or more"),
        ("clip_skip", "0", "1 to 12"),
        ("clip_skip", "13", "1 to 12"),
        ("negative_prompt", "x" * 1025, "at most 1024 characters"),
        ("video_type", "webm", "webm is not one"),
    ],
)
def test_what_the_api_does_not_take_is_refused_beside_its_field(
    cast, project, url, headers, field, value, words
):
    before = stored(project)
    answer = cast.browser("editor").post(
        url, STORED | {"steps": "33", field: value}, headers=headers
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert f'id="look-{field}_error"' in page
    assert words in page
    assert 'value="33"' in page or field == "steps"
    if field != "video_type":
        assert value in page
    assert stored(project) == before


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("width", "256"),
        ("height", "1024"),
        ("steps", "1"),
        ("guidance_scale", "30"),
        ("seed", str(2**63 - 1)),
        ("clip_skip", "12"),
        ("negative_prompt", "x" * 1024),
    ],
)
def test_the_limits_themselves_are_taken(cast, project, url, field, value):
    answer = cast.browser("editor").post(url, STORED | {field: value}, headers=HTMX)
    assert answer.status_code == 200
    assert str(stored(project)[field]) in (value, f"{value}.0")


# Two people at once


def seen(project: Project) -> dict[str, str]:
    """Return the hidden fields of a page that was made now."""
    return {
        f"was-{name}": "" if value is None else str(value)
        for name, value in stored(project).items()
    }


def test_two_people_who_change_different_settings_keep_both(cast, project, url):
    page = seen(project)
    cast.browser("owner").post(url, STORED | page | {"steps": "30"}, headers=HTMX)
    cast.browser("editor").post(url, STORED | page | {"seed": "7"}, headers=HTMX)
    assert (stored(project)["steps"], stored(project)["seed"]) == (30, 7)


@pytest.mark.parametrize("headers", [HTMX, {}])
def test_a_setting_that_somebody_else_changed_is_not_overwritten_silently(
    cast, project, url, headers
):
    page = seen(project)
    cast.browser("owner").post(url, STORED | page | {"steps": "30"}, headers=HTMX)
    answer = cast.browser("editor").post(
        url, STORED | page | {"steps": "40", "seed": "7"}, headers=headers
    )
    words = answer.content.decode()
    assert answer.status_code == 409
    assert "Somebody else made it “30” meanwhile." in words
    assert 'value="40"' in words
    assert (stored(project)["steps"], stored(project)["seed"]) == (30, -1)
    # The page knows of it now, so saving again is meant.
    assert '<input type="hidden" id="was-steps" name="was-steps" value="30">' in words
    again = seen(project) | {"steps": "40", "seed": "7"}
    answer = cast.browser("editor").post(url, STORED | again, headers=headers)
    assert answer.status_code in (200, 302)
    assert (stored(project)["steps"], stored(project)["seed"]) == (40, 7)


def test_saving_what_is_stored_already_counts_as_no_change(cast, project, url):
    before = version(project)
    cast.browser("editor").post(url, STORED | seen(project), headers=HTMX)
    assert version(project) == before


def test_nonsense_in_the_hidden_fields_does_no_harm(cast, project, url):
    typed = STORED | {"was-steps": "many", "was-seed": "", "steps": "21", "seed": "9"}
    assert cast.browser("editor").post(url, typed, headers=HTMX).status_code in (200, 409)


@pytest.mark.parametrize("headers", [HTMX, {}])
def test_a_refusal_does_not_make_an_older_page_overwrite_others(cast, project, url, headers):
    page = seen(project)
    cast.browser("owner").post(url, STORED | page | {"steps": "30"}, headers=HTMX)
    answer = cast.browser("editor").post(url, STORED | page | {"width": "9"}, headers=headers)
    assert answer.status_code == 422
    words = answer.content.decode()
    # The page still shows 20 steps, and says so with the next save.
    assert '<input type="hidden" id="was-steps" name="was-steps" value="20">' in words
    cast.browser("editor").post(url, STORED | page | {"width": "640"}, headers=headers)
    assert (stored(project)["steps"], stored(project)["width"]) == (30, 640)


def test_a_clash_does_not_make_an_older_page_overwrite_others(cast, project, url):
    page = seen(project)
    cast.browser("owner").post(url, STORED | page | {"steps": "30", "seed": "5"}, headers=HTMX)
    answer = cast.browser("editor").post(url, STORED | page | {"steps": "40"}, headers=HTMX)
    assert answer.status_code == 409
    words = answer.content.decode()
    assert 'name="was-steps" value="30"' in words
    assert 'name="was-seed" value="-1"' in words


def test_the_ends_of_lines_are_no_clash(cast, project, url):
    lines = {"negative_prompt": "rain\r\nfog"}
    cast.browser("editor").post(url, STORED | seen(project) | lines)
    assert stored(project)["negative_prompt"] == "rain\nfog"
    script = {"was-negative_prompt": "rain\nfog", "negative_prompt": "rain\nfog\nsnow"}
    answer = cast.browser("editor").post(url, STORED | seen(project) | script, headers=HTMX)
    assert answer.status_code == 200
    assert stored(project)["negative_prompt"] == "rain\nfog\nsnow"


def test_an_answer_does_not_pass_off_what_others_stored_as_seen(cast, project, url):
    page = seen(project)
    cast.browser("owner").post(url, STORED | page | {"steps": "30"}, headers=HTMX)
    typed = STORED | page | {"width": "640"}
    words = cast.browser("editor").post(url, typed, headers=HTMX).content.decode()
    assert 'name="was-width" value="640"' in words
    assert 'name="was-steps" value="20"' in words
    # A page that took the answer's steps over does no harm by sending them.
    again = typed | {"was-width": "640", "steps": "30"}
    words = cast.browser("editor").post(url, again, headers=HTMX).content.decode()
    assert 'name="was-steps" value="30"' in words
    assert (stored(project)["steps"], stored(project)["width"]) == (30, 640)
