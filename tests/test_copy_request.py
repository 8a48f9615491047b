"""The requests of a story are shown to be copied: exact, without the key, and readable back."""

from __future__ import annotations

import html
import json
import re
import subprocess

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from storyboard.people.keys import OK
from storyboard.people.models import ApiKey, Team
from storyboard.renders.asking import askings, curl
from storyboard.renders.queue import queue_story
from storyboard.stories import history
from storyboard.stories.models import Project, Scene
from storyboard.stories.stored import look_as_stored

# A curl that says what it was given, in place of the one that would send it.
TOLD = 'curl() { for one; do printf "%s\\0" "$one"; done; }\n'
AWKWARD = (
    'It\'s "dusk"!',
    "Two\nlines\tand $HOME `id` $(id) \\n \\",
    "雪 שלג ثلج \u202e\u2028 😀 !! '\\'' %s",
)


def page(cast, story, role="editor", query=""):
    return cast.browser(role).get(reverse("project_request", args=(story.project.pk,)) + query)


def shown(answer, kind: str) -> list[str]:
    """Return what the page's fields of this kind hold."""
    found = re.findall(rf'<textarea id="{kind}-\d+"[^>]*>(.*?)</textarea>', answer, re.DOTALL)
    return [html.unescape(text) for text in found]


def told(command: str, shell: str = "sh") -> list[str]:
    ran = subprocess.run(
        [shell, "-c", TOLD + command],
        env={"NOVITA_API_KEY": "sk key", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        check=True,
        timeout=20,
    )
    return ran.stdout.decode().split("\0")[:-1]


@pytest.fixture
def awkward(story):
    for scene, prompt in zip(story.scenes, AWKWARD, strict=True):
        Scene.objects.filter(pk=scene.pk).update(prompt=prompt)
    story.project.negative_prompt = "it's blurred!"
    story.project.seed = 42
    story.project.clip_skip = 2
    story.project.closed_loop = True
    story.project.video_type = "gif"
    story.project.dedicated_endpoint = True
    story.project.save()
    story.project.loras.create(api_name="candle's", strength=0.4, position=0)
    story.project.embeddings.create(api_name="easynegative", position=0)
    return story


def test_whoever_may_see_the_story_may_read_its_requests_and_nobody_else(cast, story):
    for role in ("owner", "editor", "commenter", "viewer"):
        assert page(cast, story, role).status_code == 200, role
    assert page(cast, story, "outsider").status_code == 404
    url = reverse("project_request", args=(story.project.pk,))
    assert Client().get(url).status_code == 302
    assert cast.browser("editor").post(url).status_code == 405


def test_the_editors_menu_leads_there(cast, story):
    editor = cast.browser("editor").get(reverse("project_detail", args=(story.project.pk,)))
    assert reverse("project_request", args=(story.project.pk,)) in editor.content.decode()


def test_the_page_shows_exactly_what_pressing_render_story_freezes(cast, awkward, now):
    Scene.objects.filter(pk=awkward.scenes[2].pk).update(cut=True)
    bodies = [json.loads(text) for text in shown(page(cast, awkward).content.decode(), "json")]
    renders = queue_story(awkward.project, cast.editor, "one", now)
    assert bodies == [render.request for render in renders]
    assert len(bodies) == 2


def test_the_key_is_nowhere_on_the_page(cast, story, settings):
    settings.NOVITA_API_KEY = "sk-very-secret-1234"
    settings.NOVITA_BASE_URL = "https://service.example"
    answer = page(cast, story).content.decode()
    assert "sk-very-secret" not in answer
    assert "1234" not in answer
    line = shown(answer, "curl")[0]
    assert '"Authorization: Bearer $NOVITA_API_KEY"' in line
    assert "https://service.example/v3/async/txt2video" in line
    assert "hooks/" not in answer


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_the_curl_line_sends_the_body_whatever_stands_in_it(cast, awkward, shell):
    answer = page(cast, awkward).content.decode()
    words = told(shown(answer, "curl")[0], shell)
    assert words[:2] == ["--request", "POST"]
    assert "Authorization: Bearer sk key" in words
    assert json.loads(words[-1]) == json.loads(shown(answer, "json")[0])


@settings(max_examples=40, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40))
def test_no_text_breaks_out_of_the_shells_quotes(text):
    body = json.dumps({"prompt": text}, ensure_ascii=False)
    line = curl(body, "https://service.example")
    assert "!" not in line
    assert json.loads(told(line)[-1]) == {"prompt": text}


@pytest.mark.parametrize("kind", ["json", "curl"])
def test_what_is_copied_and_imported_gives_the_same_scenes_and_look(cast, awkward, kind):
    Scene.objects.filter(pk=awkward.scenes[2].pk).update(cut=True)
    copied = "\n".join(shown(page(cast, awkward).content.decode(), kind))
    other = Project.objects.create(
        team=awkward.project.team, title="Another", negative_prompt="old", clip_skip=3
    )
    other.loras.create(api_name="old", strength=1, position=0)
    browser = cast.browser("editor")
    preview = browser.post(
        reverse("project_import_preview", args=(other.pk,)), {"text": copied, "way": "paragraph"}
    )
    matches = preview.context["matches"]
    data = {"with_look": "1", "look": preview.context["look"], "take": []}
    for number, match in enumerate(matches, start=1):
        data["take"].append(str(number))
        data |= {
            f"{number}-prompt": match.row.prompt,
            f"{number}-caption": match.row.caption,
            f"{number}-frames": match.row.frames,
        }
        data |= {f"{number}-cut": "on"} if match.row.cut else {}
    assert browser.post(reverse("project_import_rows", args=(other.pk,)), data).status_code == 302
    other.refresh_from_db()
    assert look_as_stored(other) == look_as_stored(awkward.project)
    assert [one.body for one in askings(other)[0]] == [
        one.body for one in askings(awkward.project)[0]
    ]


def test_a_plain_look_takes_the_place_of_a_fuller_one(cast, story, awkward):
    plain = Project.objects.create(team=story.project.team, title="Plain")
    plain.add_scene("A gate")
    body = askings(plain)[0][0].body
    preview = cast.browser("editor").post(
        reverse("project_import_preview", args=(awkward.project.pk,)),
        {"text": body, "way": "paragraph"},
    )
    look = json.loads(preview.context["look"])
    assert (look["negative_prompt"], look["clip_skip"], look["loras"]) == ("", None, [])
    data = {
        "with_look": "1",
        "look": preview.context["look"],
        "take": ["1"],
        "1-prompt": "A gate",
        "1-caption": "",
        "1-frames": "16",
    }
    url = reverse("project_import_rows", args=(awkward.project.pk,))
    assert cast.browser("editor").post(url, data).status_code == 302
    assert look_as_stored(awkward.project) == look_as_stored(plain)
    history.undo(awkward.project, cast.editor, awkward.project.created_at)


def test_only_clips_that_changed_are_shown_unless_all_are_asked_for(cast, story, now):
    Scene.objects.filter(pk=story.scenes[2].pk).update(cut=True)
    assert len(shown(page(cast, story).content.decode(), "json")) == 2
    answer = page(cast, story, query="?every=1").content.decode()
    assert len(shown(answer, "json")) == 2
    assert "All 2 clips" in answer


def test_what_would_be_refused_is_said_with_the_way_to_mend_it(cast, story):
    Scene.objects.filter(pk=story.scenes[1].pk).update(prompt="")
    answer = page(cast, story).content.decode()
    assert "It would not be sent like this." in answer
    assert f"#scene-{story.scenes[1].pk}" in answer


def test_a_story_without_scenes_says_so(cast, story):
    story.project.scenes.all().delete()
    answer = page(cast, story)
    assert answer.status_code == 200
    assert "The story has no scenes yet." in answer.content.decode()


def test_a_guest_reads_neither_the_address_of_the_teams_service(
    guest, signed_in, cast, story, team
):
    """It is the team's, like its key: the name of a machine inside, perhaps."""
    key = ApiKey.objects.create(
        team=team,
        address="https://gpu.example",
        sealed="x",
        last_four="7f3e",
        verdict=OK,
        added_at=timezone.now(),
    )
    Team.objects.filter(pk=team.pk).update(api_key=key)
    url = reverse("project_request", args=(story.project.pk,))
    told = signed_in(guest()).get(url).content.decode()
    assert "gpu.example" not in told
    assert 'curl --request POST "$NOVITA_BASE_URL/v3/async/txt2video"' in shown(told, "curl")[0]
    assert "<code>NOVITA_BASE_URL</code>" in told
    assert "gpu.example" in cast.browser("viewer").get(url).content.decode()
