"""A script is shown as rows before it is brought in, and a newer draft keeps the takes."""

from __future__ import annotations

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from storyboard.stories.budget import check
from storyboard.stories.models import Scene
from storyboard.stories.revisions import Kind
from tests.ladder import assert_only_writers_may

TEXT = "A match is lit in the dark\n\nDusk falls on the snow\n\nMorning comes"


def url(story, name: str = "project_import_preview") -> str:
    return reverse(name, args=(story.project.pk,))


def prompts(story) -> list[str]:
    return list(story.project.scenes.kept().in_order().values_list("prompt", flat=True))


@pytest.mark.parametrize("name", ["project_import_preview", "project_import_rows"])
def test_only_writers_may_import(cast, story, name):
    before = prompts(story)
    assert_only_writers_may(cast, url(story, name), {"text": TEXT, "way": "paragraph"})
    assert prompts(story) == before


def test_the_page_is_for_writers(cast, story):
    page = url(story, "project_import")
    assert cast.browser("editor").get(page).status_code == 200
    assert cast.browser("viewer").get(page).status_code == 403
    assert cast.browser("outsider").get(page).status_code == 404


def test_a_preview_names_what_is_new_rewritten_and_gone_and_writes_nothing(cast, story):
    before = prompts(story)
    answer = cast.browser("editor").post(url(story), {"text": TEXT, "way": "paragraph"})
    page = answer.content.decode()
    assert answer.status_code == 200
    for words in ("Rewrites scene 2", "In the story already", "New", "tick to delete scene 3"):
        assert words in page
    assert prompts(story) == before
    assert not story.project.revisions.exists()


def test_a_file_is_read_as_well(cast, story):
    file = SimpleUploadedFile("a.fountain", b"INT. ATTIC - NIGHT\n\nA girl waits.\n")
    answer = cast.browser("editor").post(url(story), {"file": file, "way": "heading"})
    assert "INT. ATTIC - NIGHT. A girl waits" in answer.content.decode()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("script.exe", b"A girl waits.", "Choose a file whose name ends in one of"),
        ("script", b"A girl waits.", "Choose a file whose name ends in one of"),
        ("script.txt.php", b"A girl waits.", "Choose a file whose name ends in one of"),
        ("script.fdx", b"A girl waits.", "This is not a Final Draft file"),
        ("script.json", b"A girl waits.", "There is no JSON in this text."),
        ("script.txt", b"\x89PNG\r\n\x1a\n\0\0", "This file holds no text."),
        ("script.txt", b"x" * 2_000_001, "The file is larger than 2 MB."),
    ],
)
def test_a_file_that_is_not_what_its_name_says_is_refused(cast, story, name, content, words):
    data = {"file": SimpleUploadedFile(name, content), "way": "paragraph"}
    answer = cast.browser("editor").post(url(story), data)
    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_a_thousand_rows_are_brought_in_at_once(cast, story):
    data = {"take": [str(row) for row in range(1, 1001)]}
    for row in data["take"]:
        fields = {"prompt": f"Scene {row}", "caption": "", "frames": "16", "cut": "", "scene": ""}
        data |= {f"{row}-{name}": value for name, value in fields.items()}
    answer = cast.browser("editor").post(url(story, "project_import_rows"), data)
    assert answer.status_code == 302
    assert len(prompts(story)) == 1003


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"text": "  ", "way": "paragraph"}, "Paste a script, or choose a file."),
        ({"text": "{", "way": "paragraph"}, "This JSON cannot be read."),
        ({"text": "A fox", "way": "page"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_read_is_said_with_the_text_kept(cast, story, data, words):
    answer = cast.browser("editor").post(url(story), data)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert data["text"].strip() in page


def test_rows_are_brought_in_as_one_step_and_rewritten_scenes_keep_their_frames(cast, story):
    editor = cast.browser("editor")
    lit, snow, star = story.scenes[1], story.scenes[0], story.scenes[2]
    data = {
        "take": ["1", "3"],
        "1-prompt": "A match is lit in the dark",
        "1-scene": lit.pk,
        "3-prompt": "Morning comes",
        "3-caption": "At last",
        "gone": star.pk,
    }
    answer = editor.post(url(story, "project_import_rows"), data, follow=True)
    assert "Imported: " in answer.content.decode()
    assert prompts(story) == [snow.prompt, "A match is lit in the dark", "Morning comes"]
    lit.refresh_from_db()
    assert (lit.frames, lit.version) == (24, 2)
    assert story.project.revisions.get().kind == Kind.IMPORT
    editor.post(reverse("project_undo", args=(story.project.pk,)))
    assert prompts(story) == ["Dusk falls on the snow", "A match is lit", "A star falls"]


def test_the_look_of_a_request_comes_along_when_it_is_ticked(cast, story):
    editor = cast.browser("editor")
    request = {
        "model_name": "noir.safetensors", "width": 640, "steps": 30, "seed": 7,
        "prompts": [{"prompt": "A fox", "frames": 32}],
        "loras": [{"model_name": "fog_animatic", "strength": 0.4}],
    }  # fmt: skip
    page = editor.post(url(story), {"text": json.dumps(request), "way": "paragraph"})
    look = page.context["look"]
    rows = {"take": "1", "1-prompt": "A fox", "1-frames": 32, "look": look}
    editor.post(url(story, "project_import_rows"), rows)
    story.project.refresh_from_db()
    assert story.project.width == 512
    editor.post(url(story, "project_import_rows"), rows | {"with_look": "1"})
    story.project.refresh_from_db()
    chosen = (story.project.checkpoint, story.project.width, story.project.seed)
    assert chosen == ("noir.safetensors", 640, 7)
    assert list(story.project.loras.values_list("api_name", "strength")) == [("fog_animatic", 0.4)]
    editor.post(reverse("project_undo", args=(story.project.pk,)))
    story.project.refresh_from_db()
    assert (story.project.width, story.project.loras.count()) == (512, 0)


@pytest.mark.parametrize(
    "look", ['{"width": 9}', '{"loras": [["a", 40]]}', "[", "3", '{"team": 2}', '{"steps": "x"}']
)
def test_a_look_that_breaks_a_rule_is_refused_with_nothing_written(cast, story, look):
    data = {"take": "1", "1-prompt": "A fox", "look": look, "with_look": "1"}
    answer = cast.browser("editor").post(url(story, "project_import_rows"), data)
    assert answer.status_code == 422
    assert "The look in this request breaks a rule" in answer.content.decode()
    assert len(prompts(story)) == 3


def test_a_long_script_is_cut_into_clips_that_fit(cast, story):
    data = {"take": [str(n) for n in range(20)]}
    data |= {f"{n}-prompt": f"Line {n}" for n in range(20)}
    cast.browser("editor").post(url(story, "project_import_rows"), data)
    assert len(prompts(story)) == 23
    assert story.project.scenes.kept().filter(cut=True).count() == 3
    check(list(story.project.scenes.kept().in_order()))


def test_the_empty_scene_of_a_new_story_gives_way(cast, story):
    Scene.objects.filter(project=story.project).exclude(pk=story.scenes[0].pk).delete()
    Scene.objects.filter(pk=story.scenes[0].pk).update(prompt="")
    data = {"take": "1", "1-prompt": "A fox waits"}
    cast.browser("editor").post(url(story, "project_import_rows"), data)
    assert prompts(story) == ["A fox waits"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({}, "No row was ticked"),
        ({"take": "1", "1-prompt": ""}, "Row 1:"),
        ({"take": "1", "1-prompt": "x" * 1025}, "Row 1:"),
        ({"take": "x" * 50}, "Nothing was imported"),
    ],
)
def test_rows_that_break_a_rule_are_refused_with_nothing_written(cast, story, data, words):
    before = prompts(story)
    answer = cast.browser("editor").post(url(story, "project_import_rows"), data)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert prompts(story) == before


def test_a_scene_of_another_story_is_never_rewritten(cast, story, outsider):
    elsewhere = outsider.teams.get().projects.create(title="Elsewhere")
    foreign = Scene.objects.create(project=elsewhere, position=0, frames=16, prompt="Theirs")
    data = {"take": "1", "1-prompt": "Mine", "1-scene": foreign.pk, "gone": foreign.pk}
    cast.browser("editor").post(url(story, "project_import_rows"), data)
    foreign.refresh_from_db()
    assert (foreign.prompt, foreign.deleted_at) == ("Theirs", None)
    assert prompts(story)[-1] == "Mine"
