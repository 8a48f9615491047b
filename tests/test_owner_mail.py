"""An owner is told by letter that renders wait for their yes: once for all, and if they like."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from storyboard.people.models import Membership
from storyboard.people.roles import Role
from storyboard.renders.models import OwedLetter, Render
from storyboard.renders.owner_mail import PATIENCE, QUIET, OwnerMail
from storyboard.renders.spend_requests import decline
from storyboard.renders.states import State

MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def sends_mail(settings):
    settings.SENDS_MAIL = True
    settings.PUBLIC_URL = "https://storyboard.example"
    settings.PRICE_PER_FRAME_STEP = 0.001
    settings.PRICE_MINIMUM = 0.01


@pytest.fixture
def asking(owner, saver, signed_in):
    return signed_in(saver)


@pytest.fixture
def letters_page(team) -> str:
    return reverse("spend_request_letters", args=(team.pk,))


def ask_story(browser, story, nonce: str = "one-press-of-the-button"):
    return browser.post(reverse("render_ask_story", args=(story.project.pk,)), {"nonce": nonce})


def ask_scene(browser, scene, nonce: str):
    return browser.post(reverse("render_ask_scene", args=(scene.pk,)), {"nonce": nonce})


def tend(later: timedelta = QUIET + MINUTE) -> list:
    """Let the poller see to it so much later; return every letter that was sent until then."""
    at = timezone.now() + later
    OwnerMail(lambda: at).tend()
    return mail.outbox


def test_the_letter_says_what_waits_what_it_costs_and_where(asking, story, team, owner):
    ask_story(asking, story)
    [letter] = tend()
    assert letter.to == [owner.email]
    assert letter.subject == f"Storyboard: 1 render waits for your yes in {team}"
    assert f"- {story.project.title}: 1 render, about $1.44, asked for by Saver\n" in letter.body
    assert "In all about $1.44. Nothing is spent until an owner agrees." in letter.body
    page = reverse("spend_request_list", args=(team.pk,))
    assert f"https://storyboard.example{page}\n" in letter.body


def test_several_presses_are_one_letter(asking, story):
    for number, scene in enumerate(story.scenes):
        ask_scene(asking, scene, f"press-{number:04}")
    [letter] = tend()
    assert letter.subject.startswith("Storyboard: 3 renders wait for your yes")
    assert ": 3 renders, about $1.44" in letter.body


def test_it_waits_until_nobody_asks_for_more_but_not_for_ever(asking, story):
    ask_story(asking, story)
    assert tend(QUIET - MINUTE) == []
    now = timezone.now()
    OwedLetter.objects.update(first_at=now - PATIENCE, last_at=now)
    assert len(tend(timedelta(seconds=1))) == 1


def test_the_same_press_twice_owes_nothing_more(asking, story):
    ask_story(asking, story)
    assert len(tend()) == 1
    ask_story(asking, story)
    assert not OwedLetter.objects.exists()
    assert len(tend()) == 1


def test_what_is_asked_for_later_is_told_again(asking, story):
    ask_scene(asking, story.scenes[0], "press-0001")
    tend()
    ask_scene(asking, story.scenes[1], "press-0002")
    assert [letter.subject.split()[1] for letter in tend()] == ["1", "2"]


def test_what_was_answered_meanwhile_is_told_no_more(asking, story, team, owner):
    ask_story(asking, story)
    [render] = Render.objects.all()
    decline(team, [render.pk], owner, timezone.now(), "")
    assert Render.objects.get().state == State.CANCELLED
    assert tend() == []
    assert not OwedLetter.objects.exists()


def test_every_owner_is_told_and_nobody_else(asking, story, team, cast):
    ask_story(asking, story)
    told = {address for letter in tend() for address in letter.to}
    assert told == {seat.user.email for seat in team.owners()}
    assert cast.editor.email not in told


def test_an_owner_who_asks_is_not_told_of_it(story, team, owner, signed_in):
    Membership.objects.filter(user=owner).update(may_spend=False)
    ask_story(signed_in(owner), story)
    assert Render.objects.filter(state=State.ASKED).count() == 1
    assert tend() == []


@pytest.mark.parametrize("gone", [{"role": Role.EDITOR}, {"letters": False}])
def test_who_owns_the_team_no_more_or_wants_none_gets_none(asking, story, team, gone):
    ask_story(asking, story)
    team.owners().update(**gone)
    assert tend() == []
    assert not OwedLetter.objects.exists()


def test_who_left_takes_the_owed_letter_along(asking, story, team):
    ask_story(asking, story)
    team.owners().delete()
    assert tend() == []


def test_a_mail_server_that_does_not_answer_stops_nothing(asking, story, settings, caplog):
    ask_story(asking, story)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    tend()
    assert "a letter could not be sent" in caplog.text
    assert Render.objects.get().state == State.ASKED


def test_where_no_mail_is_sent_none_is_owed_or_offered(asking, story, team, settings, cast):
    settings.SENDS_MAIL = False
    ask_story(asking, story)
    assert not OwedLetter.objects.exists()
    page = cast.browser("owner").get(reverse("spend_request_list", args=(team.pk,)))
    assert "Write to me" not in page.content.decode()


def test_an_owner_turns_the_letters_off_and_on(asking, story, team, cast, letters_page):
    browser = cast.browser("owner")
    page = browser.post(letters_page, {"letters": "off"}, follow=True).content.decode()
    assert "No letter tells you any more" in page
    assert 'value="on">Write to me<' in page
    assert not team.memberships.get(user=cast.owner).letters
    ask_story(asking, story)
    assert cast.owner.email not in {address for letter in tend() for address in letter.to}
    page = browser.post(letters_page, {"letters": "on"}, follow=True).content.decode()
    assert 'value="off">Write to me no more<' in page
    assert team.memberships.get(user=cast.owner).letters


@pytest.mark.parametrize("choice", [{}, {"letters": "perhaps"}])
def test_a_choice_that_is_neither_changes_nothing_and_says_so(cast, team, letters_page, choice):
    answer = cast.browser("owner").post(letters_page, choice)
    assert answer.status_code == 422
    assert "Nothing was changed" in answer.content.decode()
    assert team.memberships.get(user=cast.owner).letters


def test_only_an_owner_chooses_for_themselves(cast, team, letters_page):
    for role in ("viewer", "commenter", "editor"):
        assert cast.browser(role).post(letters_page, {"letters": "off"}).status_code == 403
    assert cast.browser("outsider").post(letters_page, {"letters": "off"}).status_code == 404
    assert cast.browser("owner").get(letters_page).status_code == 405
    assert team.owners().filter(letters=False).count() == 0
