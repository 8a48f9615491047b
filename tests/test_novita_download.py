"""Downloading: whole or not at all, and never with our key."""

from __future__ import annotations

import io

import pytest

from storyboard.novita import download
from storyboard.novita.client import Client
from storyboard.novita.errors import LinkExpired, Refused, TryLater
from storyboard.novita.types import ScenePrompt, TextToVideo
from tests.films import film

REQUEST = TextToVideo("a.safetensors", 512, 512, 20, (ScenePrompt("A fox", 16),), 7.5)


@pytest.fixture
def client(fake_service) -> Client:
    fake_service.polls_until_done = 0
    return Client(fake_service.base_url, fake_service.key, timeout=(2, 2))


@pytest.fixture
def link(client) -> str:
    return client.task(client.submit(REQUEST)).videos[0].url


def fetch(client: Client, url: str, *, most: int = 10**7, seconds: float = 5, **types):
    into = io.BytesIO()
    return client.download(url, into, max_bytes=most, deadline_seconds=seconds, **types), into


def test_a_video_comes_whole(client, link):
    found, into = fetch(client, link)
    assert into.getvalue() == film(16)
    assert (found.content_type, found.bytes) == ("video/mp4", len(film(16)))


def test_a_gif_comes_as_well(client):
    gif = TextToVideo("a", 512, 512, 20, (ScenePrompt("A fox", 8),), 7.5, video_type="gif")
    url = client.task(client.submit(gif)).videos[0].url
    found, into = fetch(client, url)
    assert found.content_type == "image/gif"
    assert into.getvalue().startswith(b"GIF89a")


def test_the_key_stays_with_the_service(client, fake_service, link):
    fetch(client, link)
    [asked] = fake_service.downloads
    assert "authorization" not in asked.headers
    assert not any(fake_service.key in value for value in asked.headers.values())


@pytest.mark.parametrize(
    ("fault", "kind", "reason"),
    [
        (("expired", {}), LinkExpired, "link_expired"),
        (("error", {"status": 404}), LinkExpired, "link_expired"),
        (("error", {"status": 410}), LinkExpired, "link_expired"),
        (("error", {"status": 500}), TryLater, "download_broken"),
        (("error", {"status": 503}), TryLater, "download_broken"),
        (("truncated", {}), TryLater, "download_broken"),
        (("reset", {}), TryLater, "download_broken"),
        (("hang", {}), TryLater, "download_broken"),
        (("html", {}), TryLater, "not_a_video"),
        (("wrong_type", {}), TryLater, "not_a_video"),
        (("endless", {}), Refused, "too_large"),
    ],
)
def test_what_goes_wrong_is_sorted(client, fake_service, link, fault, kind, reason):
    what, options = fault
    fake_service.next_download(what, **options)
    with pytest.raises(kind) as caught:
        fetch(client, link, most=10**6)
    assert (type(caught.value), caught.value.reason) == (kind, reason)


def test_a_link_that_ran_out_is_told_from_a_fault(client, fake_service, link):
    fake_service.expire_links()
    with pytest.raises(LinkExpired):
        fetch(client, link)


def test_a_length_beyond_what_we_store_is_not_even_begun(client, link):
    with pytest.raises(Refused) as caught:
        fetch(client, link, most=100)
    assert caught.value.reason == "too_large"


def test_a_length_that_nobody_declared_may_be_any(client, fake_service, link):
    fake_service.next_download("no_length")
    assert fetch(client, link)[1].getvalue() == film(16)


def test_a_file_that_drips_is_given_up(client, fake_service, link, monkeypatch):
    monkeypatch.setattr(download, "GRACE_SECONDS", 0.2)
    fake_service.next_download("dripping")
    with pytest.raises(TryLater):
        fetch(client, link)


@pytest.mark.parametrize("fault", ["dripping", "drip_head", "no_length_hang"])
def test_a_file_that_takes_too_long_is_given_up(client, fake_service, link, fault):
    fake_service.next_download(fault)
    with pytest.raises(TryLater):
        fetch(client, link, seconds=0.3)


def test_a_service_that_is_down_is_asked_later(client, fake_service, link):
    fake_service.stop()
    with pytest.raises(TryLater):
        fetch(client, link)


def test_a_redirect_within_the_service_is_followed(client, fake_service, link):
    for _ in range(3):
        fake_service.next_download("redirect", to=link)
    assert fetch(client, link)[1].getvalue() == film(16)


def test_a_redirect_may_be_relative(client, fake_service, link):
    fake_service.next_download("redirect", to=link.removeprefix(fake_service.base_url))
    assert fetch(client, link)[1].getvalue() == film(16)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "inside",
    [
        "http://169.254.169.254/latest/",
        "https://10.0.0.1/",
        "file:///etc/passwd",
        "https://[::1",
        "http://127.0.0.1:9/",
    ],
)
def test_a_redirect_to_inside_is_refused(client, fake_service, link, status, inside):
    fake_service.next_download("redirect", to=inside, status=status)
    with pytest.raises(Refused) as caught:
        fetch(client, link)
    assert caught.value.reason == "address_refused"


def test_a_fourth_redirect_is_refused(client, fake_service, link):
    fake_service.every("download", "redirect", to=link)
    with pytest.raises(Refused):
        fetch(client, link)
    assert len(fake_service.downloads) == 4


def test_pictures_are_asked_for_by_name(client, fake_service, link):
    with pytest.raises(TryLater) as caught:
        fetch(client, link, types=download.PICTURE_TYPES)
    assert caught.value.reason == "not_a_video"


def test_a_disk_that_is_full_is_told_by_the_disk(client, link):
    class Full(io.BytesIO):
        def write(self, data) -> int:
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        client.download(link, Full(), max_bytes=10**7, deadline_seconds=5)
