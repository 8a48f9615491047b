"""The page of safe mode, and the banner that every page bears while it lasts."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from storyboard.people.models import Act, KeeperAct, KeeperActivity, User
from storyboard.renders import holding
from storyboard.renders.models import SafeMode
from storyboard.renders.states import State
from tests.shelf import add_render

PAGE = "/safe-mode/"


@pytest.fixture
def keeper(cast, signed_in):
    """The first account's browser; it is in nobody's team."""
    User.objects.filter(pk=cast.outsider.pk).update(founder=True)
    return signed_in(cast.outsider)


@pytest.fixture
def held(story):
    render = add_render(story.project, State.QUEUED, task_id=None, estimate="0.3500")
    holding.begin(timezone.now(), "Why it is so.", copy_of=datetime(2026, 5, 1, 9, tzinfo=UTC))
    return render


def acts(held) -> list[str]:
    return [
        reverse("safe_mode_release"),
        reverse("held_send", args=(held.pk,)),
        reverse("held_let_go", args=(held.pk,)),
    ]


def test_every_page_says_so_while_it_lasts(cast, keeper, held):
    for browser, words in (
        (cast.browser("viewer"), "the first account of this installation confirms"),
        (keeper, 'href="/safe-mode/"'),
    ):
        page = browser.get("/").content.decode()
        assert "restored from a backup of 1 May 2026, 09:00 UTC" in page
        assert words in page
    holding.release(timezone.now())
    assert "Safe mode" not in keeper.get("/").content.decode()


def test_strangers_are_not_told(held):
    assert b"Safe mode" not in Client().get(reverse("account_login")).content


def test_the_page_lists_what_is_held_and_not_its_words(keeper, held, story):
    page = keeper.get(PAGE).content.decode()
    assert f"Render {held.pk} of Winter Tales" in page
    assert "72 frames, about $0.35" in page
    assert "Why it is so." in page
    assert "style=" not in page
    for scene in story.scenes:
        assert scene.prompt not in page


def test_the_page_says_that_it_is_off(keeper):
    assert "Safe mode is off" in keeper.get(PAGE).content.decode()


def test_only_the_first_account_may(cast, keeper, held):
    for url in acts(held):
        for role in ("owner", "editor", "viewer"):
            assert cast.browser(role).post(url).status_code == 403
        assert Client().post(url).status_code == 302
        assert keeper.get(url).status_code == 405
    assert cast.browser("owner").get(PAGE).status_code == 403
    assert SafeMode.objects.get().active
    held.refresh_from_db()
    assert held.next_step_at is None


def test_without_a_founder_the_oldest_account_may(cast, held):
    oldest = User.objects.order_by("pk").first()
    for role in ("owner", "editor", "commenter", "viewer", "outsider"):
        may = getattr(cast, role) == oldest
        assert cast.browser(role).get(PAGE).status_code == (200 if may else 403)


def test_one_is_sent(keeper, held):
    answer = keeper.post(acts(held)[1], follow=True)
    assert f"Render {held.pk} is sent now." in answer.content.decode()
    held.refresh_from_db()
    assert held.next_step_at is not None
    assert SafeMode.objects.get().active


def test_one_is_let_go(keeper, held):
    answer = keeper.post(acts(held)[2], follow=True)
    assert "was let go and is not sent" in answer.content.decode()
    held.refresh_from_db()
    assert held.state == State.CANCELLED


def test_all_are_released(keeper, held):
    answer = keeper.post(acts(held)[0], follow=True)
    assert "Renders that are sent now: 1." in answer.content.decode()
    assert not SafeMode.objects.get().active
    assert "over already" in keeper.post(acts(held)[0], follow=True).content.decode()


def test_a_choice_that_comes_too_late_says_so(keeper, held):
    held.cancel(timezone.now())
    for url in acts(held)[1:]:
        answer = keeper.post(url, follow=True)
        assert "Nothing was changed." in answer.content.decode()
    assert keeper.post(reverse("held_send", args=(999,))).status_code == 404


def test_what_was_decided_is_written_down_once(keeper, held, story):
    other = add_render(story.project, State.QUEUED, task_id=None)
    keeper.post(reverse("held_let_go", args=(other.pk,)))
    for url in acts(held) * 2:
        keeper.post(url)
    holding.begin(timezone.now(), "Once more.")
    call_command("release", yes=True)
    rows = KeeperActivity.objects.order_by("pk")
    assert [(row.person_name, row.act, row.about) for row in rows] == [
        ("Outsider", KeeperAct.HELD_LET_GO, f"render {other.pk}"),
        ("Outsider", KeeperAct.RELEASED, "renders sent: 1"),
        ("The command line", KeeperAct.RELEASED, "renders sent: 1"),
    ]


def test_the_owners_read_of_a_render_that_was_let_go(keeper, held, story):
    keeper.post(reverse("held_let_go", args=(held.pk,)))
    told = story.project.team.activities.get()
    assert (told.person_name, told.act) == ("Outsider", Act.CANCELLED)
    assert told.about == f"{story.project}, render {held.pk}"


def test_once_safe_mode_is_over_a_team_alone_decides_about_its_renders(keeper, held, story):
    holding.release(timezone.now())
    answer = keeper.post(reverse("held_let_go", args=(held.pk,)), follow=True)
    held.refresh_from_db()
    assert held.state == State.QUEUED
    assert "Safe mode is over: its team decides about this render." in answer.content.decode()
    assert not story.project.team.activities.exists()
