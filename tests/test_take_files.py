"""Files of takes: access first, then ranges, as a player needs them."""

from __future__ import annotations

import pytest
from django.urls import reverse

from tests.films import film
from tests.shelf import add_take


@pytest.fixture
def take(story, store):
    return add_take(story.project, stored=True)


@pytest.fixture
def url(take) -> str:
    return reverse("take_video", args=(take.pk,))


def content(answer) -> bytes:
    """Read an answer to its end, and close the file behind it."""
    try:
        return b"".join(answer)
    finally:
        answer.close()


def status(answer) -> int:
    answer.close()
    return answer.status_code


@pytest.mark.parametrize("headers", [{}, {"Range": "bytes=0-1"}])
@pytest.mark.parametrize("method", ["get", "head"])
def test_an_outsider_gets_no_byte(cast, take, method, headers):
    for name, pk in (
        ("take_video", take.pk),
        ("take_poster", take.pk),
        ("take_preview", take.pk),
        ("take_sprite", take.pk),
        ("span_poster", take.spans.first().pk),
    ):
        ask = getattr(cast.browser("outsider"), method)
        assert ask(reverse(name, args=(pk,)), headers=headers).status_code == 404


def test_signed_out_people_are_sent_to_sign_in(client, url):
    assert client.get(url).status_code == 302


def test_a_member_who_was_removed_gets_404_at_the_next_request(cast, team, url):
    browser = cast.browser("viewer")
    assert status(browser.get(url)) == 200
    team.memberships.filter(user=cast.viewer).delete()
    assert browser.get(url).status_code == 404


def test_the_whole_file(cast, url):
    answer = cast.browser("viewer").get(url)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "video/mp4"
    assert answer["Accept-Ranges"] == "bytes"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"].startswith("private")
    assert content(answer) == film(72)


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [("10-19", 10, 19), ("0-1", 0, 1), ("0-0", 0, 0), ("7-7", 7, 7), ("-5", -5, -1), ("9-", 9, -1)],
)
def test_a_range_is_exact(cast, url, asked, first, last):
    whole = film(72)
    first, last = first % len(whole), last % len(whole)
    answer = cast.browser("viewer").get(url, headers={"Range": f"bytes={asked}"})
    assert answer.status_code == 206
    assert answer["Content-Range"] == f"bytes {first}-{last}/{len(whole)}"
    assert answer["Content-Length"] == str(last - first + 1)
    assert content(answer) == whole[first : last + 1]


@pytest.mark.parametrize("asked", ["bytes=5-2", "bytes=x-", "lines=0-1", "bytes=0-1,4-5"])
def test_a_range_that_cannot_be_read_never_breaks_the_answer(cast, url, asked):
    answer = cast.browser("viewer").get(url, headers={"Range": asked})
    assert status(answer) in (200, 416)


def test_a_range_past_the_end_is_416(cast, url):
    answer = cast.browser("viewer").get(url, headers={"Range": "bytes=99999999-"})
    assert answer.status_code == 416
    assert answer["Content-Range"] == f"bytes */{len(film(72))}"


def test_what_the_browser_has_is_not_sent_again(cast, url):
    browser = cast.browser("viewer")
    first = browser.get(url)
    assert content(first)
    assert status(browser.get(url, headers={"If-None-Match": first["ETag"]})) == 304


def test_head_has_the_length_and_no_body(cast, url):
    answer = cast.browser("viewer").head(url)
    assert answer["Content-Length"] == str(len(film(72)))
    assert content(answer) == b""


def test_a_missing_file_is_a_missing_page(cast, take, url):
    take.file = f"{take.project_id}/gone.mp4"
    take.save()
    assert cast.browser("viewer").get(url).status_code == 404


def test_a_name_never_leaves_the_store(cast, take, url):
    take.file = "../secret_key.mp4"
    take.save()
    assert cast.browser("viewer").get(url).status_code == 404


def test_the_stage_shows_a_take_by_link_and_by_htmx(cast, take):
    url = reverse("take_detail", args=(take.pk,))
    answer = cast.browser("viewer").get(url)
    assert answer["Location"].endswith("?take=1")
    page = cast.browser("viewer").get(answer["Location"]).content.decode()
    assert 'data-mode="take-1"' in page
    part = cast.browser("viewer").get(url, headers={"HX-Request": "true"}).content.decode()
    assert part.lstrip().startswith('<aside id="stage"')
    assert cast.browser("outsider").get(url).status_code == 404


def test_the_film_joins_every_pick_in_order(cast, take, story):
    url = reverse("project_film", args=(story.project.pk,))
    part = cast.browser("viewer").get(url, headers={"HX-Request": "true"}).content.decode()
    assert 'data-mode="film"' in part
    starts = [piece.partition('"')[0] for piece in part.split('data-start="')[1:]]
    assert starts == ["0", "4", "7"]
    assert cast.browser("outsider").get(url).status_code == 404
