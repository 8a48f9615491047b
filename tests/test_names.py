"""Names are one line that reads as it was written, on the page, in the database and in letters."""

from __future__ import annotations

import unicodedata
from datetime import timedelta

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from storyboard.people.models import Team, User
from storyboard.people.names import LineField, NameField, one_line
from storyboard.renders.mailing import Mailing
from storyboard.renders.owner_mail import PATIENCE, OwnerMail
from storyboard.stories.models import Project
from tests.shelf import add_take

ENDS = ["\n", "\r\n", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\n \t\n"]
TURNS = [chr(at) for at in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))]
ODD = [*ENDS, *TURNS, "\x00", "\x08", "\x1b", "\x7f", "\x9b"]
SOUND = [
    "Ada Lovelace",
    "דָּוִד בֶּן־גּוּרִיּוֹן",
    "أم كلثوم",
    "\u200fשלום\u200f (Ada)",
    "علی\u200cرضا",
    "👩\u200d🚀 Ada",
    "🏳\ufe0f\u200d🌈",
    "René O’Neill-Çelik",
    "美空 ひばり",
]
WORDS = "This holds signs that cannot be seen"
# Two lines of ours that somebody wrote into a name of theirs.
FORGED = "Ada\r\n\r\nJoin:\u2028https://evil.example/\u202e\x1b"
SAID = "Ada Join: https://evil.example/"

parts = st.one_of(st.text(max_size=6), st.sampled_from(ODD), st.sampled_from(SOUND))
names = st.lists(parts).map("".join)


def holds_one_line(text: str) -> bool:
    unseen = any(unicodedata.category(sign) == "Cc" or sign in TURNS for sign in text)
    return len(text.splitlines()) <= 1 and not unseen


@given(names)
def test_what_a_field_takes_is_one_line_and_what_it_refuses_is_not(text):
    field = NameField(required=False)
    line = " ".join(text.split())
    if holds_one_line(line):
        assert field.clean(text) == line
        assert field.clean(line) == line
    else:
        with pytest.raises(ValidationError, match=WORDS):
            field.clean(text)


@given(names)
def test_whatever_is_stored_a_letter_shows_one_line(text):
    shown = one_line(text)
    assert holds_one_line(shown)
    assert shown == shown.strip()
    assert one_line(shown) == shown


@pytest.mark.parametrize("name", SOUND)
def test_names_of_all_the_world_stay_as_they_are(name):
    assert NameField().clean(name) == one_line(name) == name


@pytest.mark.parametrize("end", ENDS)
def test_the_end_of_a_line_becomes_a_space(end):
    assert NameField().clean(f" Ada{end}Lovelace{end}") == "Ada Lovelace"
    assert LineField(max_length=12).clean(f"Ada{end}Lovelace") == "Ada Lovelace"


@pytest.fixture
def asked(cast, team, story, settings) -> dict[str, tuple[Client, str, str]]:
    """Each form that asks for a name, as who sends it to where, and under which word."""
    settings.STORYBOARD_SIGNUP = "open"
    take = add_take(story.project)
    owner, editor = cast.browser("owner"), cast.browser("editor")
    story.project.person = cast.editor
    story.project.rename("The Match Girl")
    revision = story.project.revisions.first()
    return {
        "sign-up": (Client(), reverse("account_signup"), "name"),
        "account": (editor, reverse("account_name"), "name"),
        "new team": (editor, reverse("team_create"), "name"),
        "team": (owner, reverse("team_rename", args=(team.pk,)), "name"),
        "story": (editor, reverse("project_rename", args=(story.project.pk,)), "title"),
        "take": (editor, reverse("take_name", args=(take.pk,)), "name"),
        "version": (
            editor,
            reverse("revision_name", args=(story.project.pk, revision.pk)),
            "name",
        ),
    }


FORMS = ["sign-up", "account", "new team", "team", "story", "take", "version"]
MORE = {"email": "new@example.net", "password1": "seven paper boats"}


def everything() -> list[set]:
    return [
        set(User.objects.values_list("name", flat=True)),
        set(Team.objects.values_list("name", flat=True)),
        set(Project.objects.values_list("title", flat=True)),
    ]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("sign", ["\u202e", "\u2066", "\x1b", "\x9b"])
def test_a_name_that_turns_round_is_refused_beside_its_field(asked, form, sign):
    browser, url, field = asked[form]
    before = everything()
    answer = browser.post(url, MORE | {field: f"A{sign}da <b>"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert page.count(WORDS) == 1
    assert everything() == before


@pytest.mark.parametrize("form", ["sign-up", "account", "new team", "team", "story"])
def test_what_was_typed_stays_in_the_field(asked, form):
    browser, url, field = asked[form]
    page = browser.post(url, MORE | {field: "A\u202eda & co"}).content.decode()
    assert 'value="A\u202eda &amp; co"' in page


@pytest.mark.parametrize("form", FORMS)
def test_a_name_of_several_lines_is_stored_as_one(asked, form, story):
    browser, url, field = asked[form]
    assert browser.post(url, MORE | {field: "Join\r\nhere:\u2028 now"}).status_code < 400
    stored = set.union(*everything())
    stored |= set(story.project.revisions.values_list("name", flat=True))
    stored |= set(story.project.takes.values_list("name", flat=True))
    assert "Join here: now" in stored


def test_a_caption_is_one_line(cast, story):
    scene = story.scenes[0]
    words = {"prompt": "Dusk\nfalls", "caption": "Dusk\r\nfalls", "version": scene.version}
    cast.browser("editor").post(reverse("scene_write", args=(scene.pk,)), words)
    scene.refresh_from_db()
    assert (scene.prompt, scene.caption) == ("Dusk\nfalls", "Dusk falls")


def test_a_story_that_begins_with_a_turned_line_has_a_title_that_reads_straight(cast, team):
    data = {"team": team.pk, "line": "A fox\u202e waits"}
    cast.browser("editor").post(reverse("project_create"), data)
    assert team.projects.get().title == "A fox waits"


def test_a_title_that_turns_round_begins_no_story_and_the_list_says_so(cast, team):
    data = {"team": team.pk, "title": "A\u202e fox"}
    page = cast.browser("editor").post(reverse("project_create"), data, follow=True)
    assert WORDS in page.content.decode()
    assert not team.projects.exists()


@pytest.fixture
def forged(story, team, cast, settings) -> None:
    """Names as they could be before there was a rule, and mail that is sent."""
    settings.SENDS_MAIL = True
    User.objects.filter(pk__in=(cast.owner.pk, cast.editor.pk)).update(name=FORGED)
    Team.objects.filter(pk=team.pk).update(name=FORGED)
    Project.objects.filter(pk=story.project.pk).update(title=FORGED)


def letter() -> str:
    """Return the only letter that was sent, in which no line is one that a name made."""
    [sent] = mail.outbox
    lines = [sent.subject, *sent.body.splitlines()]
    assert all(holds_one_line(line) for line in lines)
    told = [line for line in lines if "evil.example" in line]
    assert told
    assert all(SAID in line for line in told)
    return sent.body


@pytest.mark.parametrize("place", ["team", "story"])
def test_an_invitation_holds_no_line_of_whoever_sends_it(cast, story, team, forged, place):
    urls = {
        "team": reverse("invitation_create", args=(team.pk,)),
        "story": reverse("guest_invite", args=(story.project.pk,)),
    }
    wish = {"role": "viewer", "days": "14", "email": "ada@example.net"}
    assert cast.browser("owner").post(urls[place], wish).status_code == 201
    body = letter()
    assert body.startswith(f"{SAID} invites you to ")
    assert body.count("\nJoin: http://testserver/join/") == 1


def test_whoever_gets_a_team_reads_no_line_of_its_name(cast, team, forged):
    wish = {"membership": team.memberships.get(user=cast.viewer).pk, "password": "a long password"}
    cast.browser("owner").post(reverse("team_hand_over", args=(team.pk,)), wish)
    assert letter().startswith(f"{SAID} handed the team {SAID} over to you.")


def test_an_owner_reads_no_line_of_whoever_asks(cast, story, forged, saver, signed_in):
    User.objects.filter(pk=saver.pk).update(name=FORGED)
    url = reverse("render_ask_story", args=(story.project.pk,))
    signed_in(saver).post(url, {"nonce": "one-press-of-the-button"})
    at = timezone.now() + PATIENCE
    OwnerMail(lambda: at).tend()
    assert f"asked for by {SAID}\n" in letter()


def test_who_follows_a_story_reads_no_line_of_its_title(cast, story, forged):
    before = timezone.now() - timedelta(minutes=1)
    story.project.followers.create(person=cast.editor, address="https://a.test/", told_at=before)
    add_take(story.project)
    Mailing(timezone.now).tend()
    assert letter().startswith(f"{SAID}\n")
