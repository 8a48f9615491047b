"""Two writers at the same moment, over real HTTP: no save is lost without a word."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.site import Site

pytestmark = pytest.mark.process

PAIRS = 12


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("editing"))
    try:
        site.await_answer()
        yield site
    finally:
        site.stop()


@pytest.fixture(scope="module")
def session(site) -> str:
    browser = site.browser()
    who = {"name": "Ada", "email": "ada@example.org", "password1": "a kite over the harbour"}
    assert site.post(browser, "/accounts/signup/", who) == 302
    return browser.cookies["sessionid"]


def scenes(site: Site) -> list[tuple]:
    """Return (id, project, position, version, prompt) of every scene in no bin."""
    return site.rows(
        "SELECT id, project_id, position, version, prompt FROM stories_scene"
        " WHERE deleted_at IS NULL ORDER BY id"
    )


def test_of_two_saves_at_once_one_is_stored_and_one_is_told(site, session):
    hands = [site.browser(session, htmx=True) for _ in range(2)]
    for number in range(PAIRS):
        scene, _, _, version, _ = scenes(site)[0]
        typed = [f"Hers {number}", f"His {number}"]
        saves = [{"prompt": words, "caption": "", "version": version} for words in typed]
        path = f"/scenes/{scene}/words/"
        with ThreadPoolExecutor(2) as pair:
            codes = list(pair.map(site.post, hands, [path] * 2, saves))
        assert sorted(codes) == [200, 409]
        assert scenes(site)[0][-1] == typed[codes.index(200)]


def test_scenes_added_at_once_all_stand_in_one_order(site, session):
    _, project, *_ = scenes(site)[0]

    def add(number: int) -> int:
        line = {"prompt": f"Line {number}", "cut": 1}
        return site.post(site.browser(session, htmx=True), f"/projects/{project}/scenes/", line)

    with ThreadPoolExecutor(4) as hands:
        assert list(hands.map(add, range(8))) == [200] * 8
    rows = [row for row in scenes(site) if row[1] == project]
    assert len({position for _, _, position, *_ in rows}) == len(rows)
    assert {f"Line {number}" for number in range(8)} <= {prompt for *_, prompt in rows}
