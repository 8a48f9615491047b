"""Being told by e-mail when the renders of a story end: asked for, once, and to who may see it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from storyboard.people.models import Membership, User
from storyboard.renders.followers import Follower
from storyboard.renders.mailing import Mailing
from storyboard.renders.models import Render
from storyboard.renders.states import State
from tests.shelf import add_render, add_take

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def sends_mail(settings):
    settings.SENDS_MAIL = True
    settings.PUBLIC_URL = ""


@pytest.fixture
def url(story) -> str:
    return reverse("project_telling", args=(story.project.pk,))


@pytest.fixture
def follower(story, cast) -> Follower:
    return Follower.objects.create(
        project=story.project,
        person=cast.editor,
        address="https://storyboard.example/projects/1/",
        told_at=timezone.now() - timedelta(minutes=1),
    )


def tend() -> None:
    Mailing(timezone.now).tend()


def test_whoever_may_see_a_story_may_ask_to_be_told(cast, story, url):
    for role in ("viewer", "commenter", "editor", "owner"):
        assert cast.browser(role).post(url, {"mail": "on"}).status_code == 302
        assert story.project.followers.filter(person=getattr(cast, role)).exists()
    assert cast.browser("outsider").get(url).status_code == 404
    assert cast.browser("outsider").post(url, {"mail": "on"}).status_code == 404
    assert Client().post(url, {"mail": "on"}).status_code == 302
    assert story.project.followers.count() == 4
    assert cast.browser("editor").put(url).status_code == 405


def test_asking_twice_is_one_wish_and_it_can_be_taken_back(cast, story, url):
    editor = cast.browser("editor")
    editor.post(url, {"mail": "on"})
    answer = editor.post(url, {"mail": "on"}, headers=HTMX)
    assert 'aria-pressed="true"' in answer.content.decode()
    assert story.project.followers.count() == 1
    page = editor.post(url, {"mail": "off"}, follow=True).content.decode()
    assert "No mail is sent to you" in page
    assert not story.project.followers.exists()


def test_a_choice_that_is_none_is_refused_and_stores_nothing(cast, story, url):
    assert cast.browser("editor").post(url, {"mail": "perhaps"}).status_code == 422
    assert cast.browser("editor").post(url).status_code == 422
    assert not story.project.followers.exists()


def test_where_no_mail_is_sent_none_is_offered(cast, story, url, settings, follower):
    settings.SENDS_MAIL = False
    page = cast.browser("viewer").get(url).content.decode()
    assert "sends no mail" in page
    assert 'name="mail"' not in page
    assert cast.browser("viewer").post(url, {"mail": "on"}).status_code == 422
    add_take(story.project)
    tend()
    assert mail.outbox == []


def test_the_stage_and_the_menu_lead_there(cast, story, url):
    add_take(story.project)
    page = reverse("project_detail", args=(story.project.pk,))
    assert cast.browser("editor").get(page).content.decode().count(f'href="{url}"') == 2
    assert cast.browser("viewer").get(page).content.decode().count(f'href="{url}"') == 1


def test_one_mail_tells_of_what_ended_and_how(story, follower):
    add_take(story.project)
    tend()
    [letter] = mail.outbox
    assert letter.to == [follower.person.email]
    assert letter.subject == f"Ready: {story.project.title}"
    assert "- Take 1 is ready: 3 scenes, 72 frames." in letter.body
    assert "See it: https://storyboard.example/projects/1/\n" in letter.body
    assert "https://storyboard.example/projects/1/telling/" in letter.body


def test_nobody_is_told_of_the_same_end_twice(story, follower):
    add_take(story.project)
    tend()
    tend()
    assert len(mail.outbox) == 1
    add_take(story.project)
    tend()
    assert len(mail.outbox) == 2
    assert "Take 2 is ready" in mail.outbox[1].body
    assert "Take 1" not in mail.outbox[1].body


def test_the_mail_waits_until_everything_has_ended(story, follower):
    add_take(story.project)
    going = add_render(story.project, State.RENDERING)
    tend()
    assert mail.outbox == []
    now = timezone.now()
    Render.objects.filter(pk=going.pk).update(state=State.FAILED, finished_at=now)
    add_render(story.project, State.UNSURE)
    tend()
    [letter] = mail.outbox
    assert letter.subject.startswith("3 renders, 1 uncertain, 1 failed, 1 ready: ")
    assert "failed. The story's page says why" in letter.body
    assert "Nothing is sent again by itself" in letter.body


def test_what_was_over_before_one_asked_is_not_told(story, follower):
    add_take(story.project)
    Follower.objects.update(told_at=timezone.now())
    tend()
    assert mail.outbox == []


def test_what_somebody_cancelled_is_no_news(story, follower):
    add_render(story.project, State.CANCELLED)
    tend()
    assert mail.outbox == []


def test_who_left_the_team_is_told_nothing_and_forgotten(story, follower):
    Membership.objects.filter(user=follower.person).delete()
    add_take(story.project)
    tend()
    assert mail.outbox == []
    assert not Follower.objects.exists()


def test_a_switched_off_account_and_a_deleted_story_are_silent(story, follower):
    User.objects.filter(pk=follower.person_id).update(is_active=False)
    add_take(story.project)
    tend()
    User.objects.filter(pk=follower.person_id).update(is_active=True)
    story.project.deleted_at = timezone.now()
    story.project.save()
    tend()
    assert mail.outbox == []


def test_a_mail_server_that_fails_stops_nothing_and_is_not_asked_again(story, follower, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", 1, 1
    add_take(story.project)
    tend()
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    tend()
    assert mail.outbox == []


def test_a_title_of_many_lines_is_one_line_of_a_subject(story, follower):
    type(story.project).objects.update(title="One\r\nBcc: all@example.org")
    add_take(story.project)
    tend()
    assert mail.outbox[0].subject == "Ready: One Bcc: all@example.org"


def test_the_public_address_is_written_where_there_is_one(story, follower, settings):
    settings.PUBLIC_URL = "https://films.example"
    add_take(story.project)
    tend()
    address = f"https://films.example/projects/{story.project.pk}/"
    assert f"See it: {address}\n" in mail.outbox[0].body
