"""Who may not spend asks for renders; an owner sees one total, and lets all or some of it go."""

from __future__ import annotations

import html
import re
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import Http404
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from storyboard.people.keys import OK, about
from storyboard.people.models import Activity, ApiKey, Team, User
from storyboard.people.roles import Role
from storyboard.people.sealing import seal
from storyboard.renders import money, queue, spend_requests
from storyboard.renders.models import Render
from storyboard.renders.states import State
from storyboard.renders.terms import terms_of
from storyboard.stories.models import Project, Scene
from tests.ladder import assert_only_writers_may
from tests.shelf import add_render
from tests.studio import NOON, Studio

HTMX = {"HX-Request": "true"}
NONCE = {"nonce": "one-press-of-the-button"}


@pytest.fixture(autouse=True)
def dear(settings):
    """A cent for each frame of each step: the story of 72 frames costs $1.44."""
    settings.PRICE_PER_FRAME_STEP = 0.001
    settings.PRICE_MINIMUM = 0.01


@pytest.fixture
def asking(saver, signed_in):
    return signed_in(saver)


@pytest.fixture
def deciding(owner, signed_in):
    return signed_in(owner)


def words(answer) -> str:
    plain = html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode()))
    return " ".join(plain.split())


def ask(browser, story, **headers: str):
    return browser.post(
        reverse("render_ask_story", args=(story.project.pk,)), NONCE, headers=headers
    )


def page(team: Team) -> str:
    return reverse("spend_request_list", args=(team.pk,))


def decide(browser, team, act: str, *renders: Render, costs: str | None = None, **more: str):
    data = {"renders": [render.pk for render in renders], **more}
    for render in renders:
        data[f"cost-{render.pk}"] = costs or str(render.estimate)
    return browser.post(reverse(f"spend_request_{act}", args=(team.pk,)), data)


def states() -> list[str]:
    return list(Render.objects.order_by("pk").values_list("state", flat=True))


def test_only_writers_may_ask(cast, story):
    for name, pk in (
        ("render_ask_story", story.project.pk),
        ("render_ask_scene", story.scenes[0].pk),
    ):
        assert_only_writers_may(cast, reverse(name, args=(pk,)), NONCE)
    assert states() == []


def test_who_may_not_spend_is_offered_to_ask(asking, story):
    shown = words(asking.get(reverse("project_detail", args=(story.project.pk,))))
    assert "Ask to render 3 scenes · 72 frames · 9.0 s · about $1.44" in shown
    assert "Render story" not in shown
    assert asking.post(reverse("render_story", args=(story.project.pk,)), NONCE).status_code == 403


def test_what_is_asked_for_waits_and_costs_nothing(asking, story, team, saver):
    assert ask(asking, story).status_code == 302
    [render] = Render.objects.all()
    assert (render.state, render.asked_by, render.next_step_at) == (State.ASKED, saver, None)
    assert render.estimate == Decimal("1.44")
    assert money.spending(Render.objects.all(), team, timezone.now()).spent == 0
    shown = words(asking.get(reverse("project_detail", args=(story.project.pk,))))
    assert "Asked for an owner decides; nothing is spent before" in shown
    assert Render.objects.due(timezone.now()).count() == 0


def test_asking_by_htmx_answers_with_what_changed(asking, story):
    answer = ask(asking, story, **HTMX)
    assert answer.status_code == 200
    assert "Nothing is spent until they agree" in words(answer)
    assert 'hx-trigger="every 15s"' in answer.content.decode()


def test_a_press_that_arrives_twice_asks_once(asking, story):
    ask(asking, story)
    ask(asking, story)
    assert states() == [State.ASKED]
    assert Activity.objects.filter(act="renders requested").count() == 1


@pytest.mark.parametrize("act", ["approve", "decline"])
@pytest.mark.parametrize("of", ["story", "scene"])
def test_a_press_of_before_says_that_no_owner_is_asked_by_it_any_more(
    asking, deciding, story, team, act, of
):
    pk = story.project.pk if of == "story" else story.scenes[0].pk
    url = reverse(f"render_ask_{of}", args=(pk,))
    for _ in range(2):
        assert "An owner sees it now." in words(asking.post(url, NONCE, headers=HTMX))
    decide(deciding, team, act, Render.objects.get())
    again = words(asking.post(url, NONCE, headers=HTMX))
    assert "what it asked for waits for no owner any more. Press it again to ask anew." in again
    assert "An owner sees it now." not in again
    assert State.ASKED not in states()


def test_a_story_that_is_not_ready_is_refused_with_the_reason(asking, story):
    Scene.objects.filter(pk=story.scenes[0].pk).update(prompt="")
    answer = ask(asking, story, **HTMX)
    assert answer.status_code == 422
    assert "Scene 1 has no words." in words(answer)
    assert states() == []


def test_an_owner_sees_who_asked_for_what_and_one_total(asking, deciding, story, team):
    Scene.objects.filter(pk=story.scenes[1].pk).update(cut=True)
    ask(asking, story)
    other = Project.objects.create(team=team, title="Kites")
    other.add_scene("A kite over the dunes").set_frames(16)
    asking.post(reverse("render_ask_story", args=(other.pk,)), NONCE)
    shown = words(deciding.get(page(team)))
    assert "Kites A kite over the dunes Saver · 1 scene · 16 frames" in shown
    assert "The Little Match Girl Dusk falls on the snow Saver · 1 scene · 32 frames" in shown
    assert "In all about $1.76 for 3 of 3." in shown
    assert "1 render" not in words(deciding.get("/attention/"))
    assert "Winter Tales : 3 renders asked for, about $1.76 in all." in words(
        deciding.get("/attention/")
    )
    assert 'class="attention-link__count number">3</b>' in deciding.get("/").content.decode()


@pytest.mark.parametrize("what", ["words", "frames", "look"])
def test_what_was_edited_since_says_so_and_is_sent_as_it_was_asked(
    asking, deciding, story, team, what
):
    ask(asking, story)
    assert "Edited since it was asked" not in words(deciding.get(page(team)))
    [render] = Render.objects.all()
    if what == "look":
        Project.objects.filter(pk=story.project.pk).update(steps=9)
    else:
        new = {"prompt": "Dawn"} if what == "words" else {"frames": 40}
        Scene.objects.filter(pk=story.scenes[0].pk).update(**new)
    answer = deciding.get(page(team))
    assert "Edited since it was asked" in words(answer)
    assert "it is sent as it was asked" in words(answer)
    assert answer.content.decode().count(" checked") == 1
    decide(deciding, team, "approve", render)
    sent = Render.objects.get()
    assert (sent.state, sent.request) == (State.QUEUED, render.request)


def test_what_asks_for_deleted_scenes_says_so_and_is_chosen_by_hand_alone(
    asking, deciding, story, team
):
    Scene.objects.filter(pk=story.scenes[1].pk).update(cut=True)
    Scene.objects.filter(pk=story.scenes[2].pk).update(cut=True)
    ask(asking, story)
    first, second, third = Render.objects.order_by("pk")
    story.scenes[0].delete_at(timezone.now())
    Scene.objects.filter(pk=story.scenes[2].pk).delete()
    answer = deciding.get(page(team))
    assert words(answer).count("Its scenes were deleted since") == 2
    checked = re.findall(r'value="(\d+)" data-cost="[\d.]+" checked', answer.content.decode())
    assert checked == [str(second.pk)]
    assert "In all about $0.48 for 1 of 3." in words(answer)
    assert decide(deciding, team, "approve", first).status_code == 302
    assert decide(deciding, team, "decline", third).status_code == 302
    assert states() == [State.QUEUED, State.ASKED, State.CANCELLED]


def test_where_some_of_its_scenes_were_deleted_it_says_so(asking, deciding, story, team):
    ask(asking, story)
    story.scenes[1].delete_at(timezone.now())
    answer = deciding.get(page(team))
    assert "Some of its scenes were deleted since" in words(answer)
    assert " checked" not in answer.content.decode()


def test_the_list_takes_no_more_queries_for_more_requests(asking, deciding, story, team):
    def queries() -> int:
        with CaptureQueriesContext(connection) as taken:
            deciding.get(page(team))
        return len(taken)

    ask(asking, story)
    few = queries()
    for number in range(3):
        other = Project.objects.create(team=team, title=f"Kites {number}")
        other.add_scene("A kite over the dunes")
        asking.post(reverse("render_ask_story", args=(other.pk,)), NONCE)
    assert queries() == few


def test_only_owners_decide(asking, cast, story, team):
    ask(asking, story)
    [render] = Render.objects.all()
    for role, status in (("editor", 403), ("viewer", 403), ("outsider", 404)):
        browser = cast.browser(role)
        assert browser.get(page(team)).status_code == status
        assert decide(browser, team, "approve", render).status_code == status
        assert decide(browser, team, "decline", render).status_code == status
    assert states() == [State.ASKED]


def test_an_owner_who_was_removed_or_switched_off_since_answers_no_more(
    asking, story, team, owner, now
):
    ask(asking, story)
    [render] = Render.objects.all()
    owns = team.memberships.filter(user=owner)

    def refused(why: type[Exception]) -> None:
        with pytest.raises(why):
            spend_requests.approve(team, {render.pk: render.estimate}, owner, now)
        with pytest.raises(why):
            spend_requests.decline(team, [render.pk], owner, now, "")

    owns.update(role=Role.EDITOR)
    refused(PermissionDenied)
    owns.update(role=Role.OWNER)
    User.objects.filter(pk=owner.pk).update(is_active=False)
    refused(Http404)
    owns.delete()
    refused(Http404)
    assert states() == [State.ASKED]


def test_what_is_approved_is_sent_and_counted(
    asking, deciding, story, team, owner, fake_service, settings, tmp_path
):
    settings.NOVITA_BASE_URL = fake_service.url
    settings.SUBMISSIONS_PER_MINUTE = 0
    ask(asking, story)
    [render] = Render.objects.all()
    assert decide(deciding, team, "approve", render).status_code == 302
    at = timezone.now()
    assert money.spending(Render.objects.all(), team, at).spent == Decimal("1.44")
    studio = Studio(fake_service, render, tmp_path)
    studio.time = at
    assert studio.tick() == State.WAITING
    assert fake_service.ledger == [studio.render.task_id]
    assert f"let go by {owner}" in [event.note for event in render.events.all()]
    acts = list(Activity.objects.order_by("pk").values_list("act", "person_name", "about"))
    about_it = "The Little Match Girl: 1, estimated at $1.44"
    assert acts == [
        ("renders requested", "Saver", about_it),
        ("renders approved", "Owner", about_it),
    ]


def test_some_may_go_and_the_others_wait(asking, deciding, story, team):
    Scene.objects.filter(pk=story.scenes[1].pk).update(cut=True)
    ask(asking, story)
    first, _ = Render.objects.order_by("pk")
    assert decide(deciding, team, "approve", first).status_code == 302
    assert states() == [State.QUEUED, State.ASKED]
    assert "for 1 of 1." in words(deciding.get(page(team)))


def test_what_is_declined_costs_nothing_and_says_why_where_it_was_asked(
    asking, deciding, story, team
):
    ask(asking, story)
    [render] = Render.objects.all()
    decide(deciding, team, "decline", render, why="Shorten the last scene <first>.")
    assert states() == [State.CANCELLED]
    shown = words(asking.get(reverse("project_detail", args=(story.project.pk,))))
    assert "An owner declined it: nothing was spent. Shorten the last scene <first>." in shown
    assert "Ask to render" in shown
    assert money.spending(Render.objects.all(), team, timezone.now()).spent == 0


def test_who_asked_can_take_it_back(asking, story, cast):
    ask(asking, story)
    [render] = Render.objects.all()
    url = reverse("render_withdraw", args=(render.pk,))
    assert cast.browser("viewer").post(url).status_code == 403
    assert asking.post(url).status_code == 302
    assert states() == [State.CANCELLED]
    again = asking.post(url, headers=HTMX)
    assert again.status_code == 422
    assert "This render is cancelled by now." in words(again)


def test_an_owner_who_was_faster_is_not_undone(asking, deciding, story, team):
    ask(asking, story)
    [render] = Render.objects.all()
    decide(deciding, team, "approve", render)
    answer = asking.post(reverse("render_withdraw", args=(render.pk,)), headers=HTMX)
    assert answer.status_code == 422
    assert states() == [State.QUEUED]


@pytest.mark.parametrize("act", ["approve", "decline"])
def test_what_waits_no_more_is_refused_and_said(asking, deciding, story, team, act):
    ask(asking, story)
    [render] = Render.objects.all()
    asking.post(reverse("render_withdraw", args=(render.pk,)))
    answer = decide(deciding, team, act, render)
    assert answer.status_code == 422
    assert "Some of these wait no more." in words(answer)
    assert states() == [State.CANCELLED]


@pytest.mark.parametrize("act", ["approve", "decline"])
def test_choosing_nothing_is_refused_beside_the_list(asking, deciding, story, team, act):
    ask(asking, story)
    answer = decide(deciding, team, act, why="Not now")
    assert answer.status_code == 422
    assert "Choose at least one." in words(answer)
    assert 'value="Not now"' in answer.content.decode()
    assert states() == [State.ASKED]


def test_over_the_limit_nothing_goes_and_the_choice_stays(asking, deciding, story, team):
    Team.objects.filter(pk=team.pk).update(monthly_limit="1.00")
    Scene.objects.filter(pk=story.scenes[1].pk).update(cut=True)
    ask(asking, story)
    answer = decide(deciding, team, "approve", *Render.objects.order_by("pk"))
    assert answer.status_code == 422
    assert "over the monthly limit" in words(answer)
    assert "Nothing was sent." in words(answer)
    assert answer.content.decode().count(" checked") == 2
    assert states() == [State.ASKED, State.ASKED]
    assert decide(deciding, team, "approve", Render.objects.first()).status_code == 302


def test_another_price_than_the_page_said_is_not_approved(asking, deciding, story, team):
    ask(asking, story)
    [render] = Render.objects.all()
    for seen in ("0.01", "nonsense", "NaN", "sNaN", "Infinity"):
        answer = decide(deciding, team, "approve", render, costs=seen)
        assert answer.status_code == 409
        assert "A cost has changed" in words(answer)
    assert states() == [State.ASKED]


def test_what_is_let_go_is_sent_on_the_account_of_then_at_its_price(
    asking, deciding, story, team, settings
):
    ask(asking, story)
    [render] = Render.objects.all()
    key = ApiKey.objects.create(
        team=team,
        address="https://service.example",
        sealed=seal("a key", about(team.pk)),
        added_at=NOON,
        verdict=OK,
    )
    Team.objects.filter(pk=team.pk).update(api_key=key)
    assert decide(deciding, team, "approve", render).status_code == 409
    settings.KEY_PRICE_PER_FRAME_STEP = 0.002
    assert "about $2.88" in words(deciding.get(page(team)))
    assert decide(deciding, team, "approve", render, costs="2.8800").status_code == 302
    render.refresh_from_db()
    assert (render.engine, render.api_key, render.estimate) == (
        "https://service.example",
        key,
        Decimal("2.88"),
    )


def test_a_failure_of_the_same_scenes_needs_nobody_once_they_are_approved(
    asking, deciding, story, team
):
    failed = add_render(story.project, State.FAILED)
    ask(asking, story)
    decide(deciding, team, "approve", Render.objects.get(state=State.ASKED))
    failed.refresh_from_db()
    assert failed.aside_at is not None
    assert "Nothing needs you" in words(deciding.get("/attention/"))


def test_rendering_the_same_scenes_meanwhile_takes_it_out_of_the_list(
    asking, story, editor, team, now
):
    ask(asking, story)
    queue.queue_story(story.project, editor, "an editor who may", now)
    assert states() == [State.CANCELLED, State.QUEUED]
    assert Render.objects.order_by("pk")[0].reason == "overtaken"


def test_asking_anew_replaces_what_was_asked_for_and_another_scene_does_not(asking, story):
    url = reverse("render_ask_scene", args=(story.scenes[0].pk,))
    asking.post(url, {"nonce": "the-first-press"})
    asking.post(reverse("render_ask_scene", args=(story.scenes[1].pk,)), {"nonce": "the-other-one"})
    assert states() == [State.ASKED, State.ASKED]
    asking.post(url, {"nonce": "the-second-press"})
    assert states() == [State.CANCELLED, State.ASKED, State.ASKED]


def test_what_a_deleted_story_asked_for_is_not_in_the_list(asking, deciding, story, team):
    ask(asking, story)
    [render] = Render.objects.all()
    Project.objects.filter(pk=story.project.pk).update(deleted_at=timezone.now())
    assert "Nothing waits for you." in words(deciding.get(page(team)))
    assert decide(deciding, team, "approve", render).status_code == 422
    assert "Nothing needs you" in words(deciding.get("/attention/"))


def test_an_owner_is_led_to_the_decision_from_the_scene_and_the_team(asking, deciding, story, team):
    ask(asking, story)
    editor = deciding.get(reverse("project_detail", args=(story.project.pk,))).content.decode()
    assert page(team) in editor
    detail = words(deciding.get(reverse("team_detail", args=(team.pk,))))
    assert "1 render waits for an owner's yes. See and decide" in detail


def test_a_press_of_ones_own_is_never_taken_for_a_render_sent_again(cast, story, saver, signed_in):
    """Else whoever may not spend could keep an owner from sending a failed render again."""
    failed = add_render(story.project, State.FAILED, task_id=None, pk=123456, request={"steps": 20})
    url = reverse("render_ask_story", args=(story.project.pk,))
    for nonce in (f"again-{failed.pk}", f"again/{failed.pk}"):
        signed_in(saver).post(url, {"nonce": nonce})
    terms = {"terms": terms_of(story.project.team.account)}
    cast.browser("owner").post(reverse("render_send_again", args=(failed.pk,)), terms)
    assert Render.objects.filter(state=State.QUEUED).count() == 1
