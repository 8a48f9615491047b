"""A price that came after the page was made: it is shown, and charged at another press alone."""

from __future__ import annotations

import html
import re
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from storyboard.people.keys import OK, about
from storyboard.people.models import ApiKey, Team
from storyboard.people.sealing import seal
from storyboard.renders import money
from storyboard.renders.again import send_again
from storyboard.renders.models import Render
from storyboard.renders.states import State
from tests.shelf import add_render
from tests.studio import NOON

HTMX = {"HX-Request": "true"}
SAID = "The price has changed since this page was made, or the account that pays: now it is about"


@pytest.fixture(autouse=True)
def free_but_for_keys(settings):
    settings.PRICE_PER_FRAME_STEP = settings.PRICE_MINIMUM = 0
    settings.KEY_PRICE_PER_FRAME_STEP = 0.001
    settings.KEY_PRICE_MINIMUM = 0.01


def enter_key(team: Team) -> ApiKey:
    """Let the team's renders be paid by an account of its own from now on."""
    key = ApiKey.objects.create(
        team=team,
        address="https://service.example",
        sealed=seal("a key", about(team.pk)),
        added_at=NOON,
        verdict=OK,
    )
    Team.objects.filter(pk=team.pk).update(api_key=key)
    return key


def words(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def form_of(page: str, action: str) -> dict[str, str]:
    """Return what the page's form for `action` posts, the fields that name it included."""
    found = re.search(rf'<form([^>]*) action="{action}".*?</form>', page, re.DOTALL)
    assert found, action
    inside = found[0]
    if named := re.search(r'id="([^"]+)"', found[1]):
        inside += "".join(re.findall(rf'<input[^>]* form="{named[1]}">', page))
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', inside)
    return {name: value for name, value in fields if name != "csrfmiddlewaretoken"}


class Pressing:
    """A page that shows a button, and the button."""

    def __init__(self, browser: Client, page: str, action: str) -> None:
        self.browser = browser
        self.action = action
        self.page = page
        self.open()

    def open(self) -> str:
        self.shown = self.browser.get(self.page).content.decode()
        return words(self.shown)

    def press(self, **headers: str):
        """Press it as the page that was opened last has it."""
        answer = self.browser.post(self.action, form_of(self.shown, self.action), headers=headers)
        if answer.status_code == 422:
            self.shown = answer.content.decode()
        return answer


@pytest.fixture
def button(cast, story):
    """Return a function that opens the page of a button by its address's name."""

    def open_page(name: str) -> Pressing:
        editor = reverse("project_detail", args=(story.project.pk,))
        if name == "render_story":
            pk, page = story.project.pk, editor
        elif name == "render_scene":
            pk, page = story.scenes[0].pk, editor
        else:
            pk = add_render(story.project, State.UNSURE, task_id=None).pk
            page = reverse("attention") if name == "attention_send_again" else editor
        return Pressing(cast.browser("editor"), page, reverse(name, args=(pk,)))

    return open_page


COSTS = {
    "render_story": Decimal("1.44"),
    "render_scene": Decimal("0.64"),
    "render_send_again": Decimal("1.44"),
    "attention_send_again": Decimal("1.44"),
}


@pytest.mark.parametrize("name", COSTS)
def test_a_key_that_came_after_the_page_was_made_pays_at_the_next_press_alone(button, team, name):
    pressing = button(name)
    before = list(Render.objects.values_list("pk", "state"))
    key = enter_key(team)
    refused = pressing.press(**HTMX)
    assert refused.status_code == 422
    assert f"{SAID} {money.dollars(COSTS[name])}. Press again" in words(pressing.shown)
    assert list(Render.objects.values_list("pk", "state")) == before
    assert pressing.press(**HTMX).status_code == 200
    sent = Render.objects.get(state=State.QUEUED)
    assert (sent.api_key, sent.estimate) == (key, COSTS[name])


@pytest.mark.parametrize("name", COSTS)
def test_without_script_the_new_price_is_said_as_well(button, team, name):
    pressing = button(name)
    enter_key(team)
    refused = pressing.press()
    if refused.status_code == 302:
        pressing.open()
    assert SAID in words(pressing.shown)
    assert not Render.objects.filter(state=State.QUEUED).exists()
    assert pressing.press().status_code == 302
    assert Render.objects.get(state=State.QUEUED).estimate == COSTS[name]


@pytest.mark.parametrize("name", COSTS)
def test_a_press_of_the_price_that_is_shown_is_sent(button, team, name):
    enter_key(team)
    assert button(name).press(**HTMX).status_code == 200
    assert Render.objects.get(state=State.QUEUED).estimate == COSTS[name]


@pytest.mark.parametrize("name", COSTS)
def test_a_form_that_names_no_price_sends_what_is_free_alone(button, team, name):
    pressing = button(name)
    press = form_of(pressing.shown, pressing.action)
    del press["terms"]
    enter_key(team)
    assert pressing.browser.post(pressing.action, press, headers=HTMX).status_code == 422
    assert not Render.objects.filter(state=State.QUEUED).exists()
    Team.objects.update(api_key=None)
    assert pressing.browser.post(pressing.action, press, headers=HTMX).status_code == 200
    assert Render.objects.get(state=State.QUEUED).estimate == 0


@pytest.mark.parametrize("page", ["render_send_again", "attention_send_again"])
def test_what_sending_again_costs_is_said_by_the_account_of_now(button, team, page):
    pressing = button(page)
    assert "Sending it again costs nothing in any case." in words(pressing.shown)
    enter_key(team)
    assert "Sending it again costs about $1.44 in any case." in pressing.open()


def test_sending_again_counts_at_the_price_of_now(story, editor, settings, now):
    render = add_render(story.project, State.FAILED, estimate=Decimal("0.01"))
    settings.PRICE_PER_FRAME_STEP = 0.002
    assert send_again(render, editor, now).estimate == Decimal("2.88")


def test_more_frames_or_steps_since_are_no_other_price(button, story, team):
    enter_key(team)
    pressing = button("render_story")
    story.scenes[0].set_frames(40)
    assert pressing.press(**HTMX).status_code == 200
    assert Render.objects.get().estimate == Decimal("1.60")


def test_the_cost_that_is_brought_up_to_date_brings_its_terms_along(button, story, team):
    pressing = button("render_story")
    enter_key(team)
    url = reverse("project_cost", args=(story.project.pk,))
    fresh = pressing.browser.get(url, headers=HTMX).content.decode()
    assert "about $1.44" in words(fresh)
    terms = re.search(r'name="terms" value="(\w+)" form="render-form"', fresh)
    assert terms
    press = form_of(pressing.shown, pressing.action) | {"terms": terms[1]}
    assert pressing.browser.post(pressing.action, press, headers=HTMX).status_code == 200


def test_a_second_arrival_of_a_press_is_not_refused_for_a_price_that_came_since(button, team):
    pressing = button("render_story")
    assert pressing.press(**HTMX).status_code == 200
    enter_key(team)
    assert pressing.press(**HTMX).status_code == 200
    assert Render.objects.get().estimate == 0
