"""Covers: small copies of our own, because a page shows nothing from another host."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.urls import reverse
from PIL import Image

from storyboard.looks import catalogue, covers
from storyboard.looks.catalogue import fetch_covers, keep_fresh, refresh
from storyboard.looks.models import CatalogueEntry
from storyboard.novita.client import Client
from tests.films import gif
from tests.models_offered import row

pytestmark = pytest.mark.django_db


def picture(kind: str = "PNG", size: tuple[int, int] = (300, 200)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (200, 120, 40)).save(out, kind)
    return out.getvalue()


@pytest.fixture(autouse=True)
def shelf(settings, tmp_path):
    settings.DATA = tmp_path
    return tmp_path / "covers"


@pytest.fixture
def entry(fake_service, now):
    """Return a function that offers one LoRA with a cover of these bytes, fetched or not."""

    def offer(content: bytes, kind: str = "image/png", **row_changes) -> CatalogueEntry:
        fake_service.files["candle.png"] = (content, kind)
        url = f"{fake_service.base_url}/files/candle.png?signature=1"
        fake_service.models["lora"] = [row("candle", cover_url=url, **row_changes)]
        client = Client(fake_service.base_url, fake_service.key, timeout=(2, 2))
        refresh(client, fake_service.base_url, now)
        fetch_covers(client, fake_service.base_url, now, most=5)
        return CatalogueEntry.objects.get()

    return offer


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_cover_becomes_a_small_square_of_our_own(cast, entry, kind):
    found = entry(picture(kind), f"image/{kind.lower()}")
    answer = cast.browser("outsider").get(reverse("entry_cover", args=(found.pk,)))
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/webp")
    assert "private" in answer["Cache-Control"]
    with Image.open(io.BytesIO(b"".join(answer.streaming_content))) as shown:
        assert (shown.format, shown.size) == ("WEBP", (96, 96))


def test_an_animated_cover_becomes_a_still(entry):
    assert entry(gif(), "image/gif").cover_file


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"<html>nginx</html>", "image/png"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "image/svg+xml"),
        (picture()[:60], "image/png"),
        (b"", "image/png"),
        (picture("BMP"), "image/bmp"),
        (picture(), "text/html"),
        (picture("PNG", (5001, 5000)), "image/png"),
        (picture() + b"\0" * covers.BYTES_MAX, "image/png"),
    ],
)
def test_what_is_no_picture_leaves_a_letter_in_its_place(cast, entry, shelf, content, kind):
    found = entry(content, kind)
    assert found.cover_file == ""
    assert not shelf.exists()
    answer = cast.browser("editor").get(reverse("entry_cover", args=(found.pk,)))
    assert answer.status_code == 404


def test_a_cover_that_failed_is_not_asked_for_again_until_a_week_later(entry, fake_service, now):
    entry(b"broken")
    client = Client(fake_service.base_url, fake_service.key)
    for days, asked in ((1, 0), (8, 1)):
        at = now + timedelta(days=days)
        refresh(client, fake_service.base_url, at)
        assert fetch_covers(client, fake_service.base_url, at, most=5) == asked


def test_a_cover_is_kept_while_only_its_signature_changes(entry, fake_service, now):
    before = entry(picture()).cover_file
    listed = fake_service.models["lora"][0]
    client = Client(fake_service.base_url, fake_service.key)
    for days, url in ((1, "candle.png?signature=2"), (2, "other.png")):
        listed["cover_url"] = f"{fake_service.base_url}/files/{url}"
        refresh(client, fake_service.base_url, now + timedelta(days=days))
        found = CatalogueEntry.objects.get()
        assert (found.cover_file == before) is (days == 1)


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data/",
        "https://127.0.0.1/a.png",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://x/" + "y" * 600,
    ],
)
def test_an_address_that_must_not_be_asked_is_not(fake_service, now, url):
    fake_service.models["lora"] = [row("candle", cover_url=url)]
    client = Client(fake_service.base_url, fake_service.key)
    refresh(client, fake_service.base_url, now)
    fetch_covers(client, fake_service.base_url, now, most=5)
    assert CatalogueEntry.objects.get().cover_file == ""


def test_covers_come_a_few_at_a_time_and_for_the_foremost_only(fake_service, now, monkeypatch):
    monkeypatch.setattr(catalogue, "COVERS_EACH", 6)
    fake_service.files["one.png"] = (picture(), "image/png")
    url = f"{fake_service.base_url}/files/one.png"
    fake_service.models["lora"] = [row(f"ink {n}", cover_url=url) for n in range(10)]
    client = Client(fake_service.base_url, fake_service.key)
    counts = []
    for _ in range(4):
        keep_fresh(client, fake_service.base_url, now)
        counts.append(CatalogueEntry.objects.exclude(cover_file="").count())
    assert counts == [0, 4, 6, 6]


def test_the_key_is_not_sent_for_a_cover(entry, fake_service):
    entry(picture())
    [asked] = [request for request in fake_service.requests if request.path.startswith("/files/")]
    assert "authorization" not in asked.headers


def test_covers_are_for_people_who_signed_in(entry):
    answer = Browser().get(reverse("entry_cover", args=(entry(picture()).pk,)))
    assert answer.status_code == 302


def test_a_cover_whose_file_was_lost_is_not_found(cast, entry, shelf):
    found = entry(picture())
    (shelf / found.cover_file).unlink()
    answer = cast.browser("editor").get(reverse("entry_cover", args=(found.pk,)))
    assert answer.status_code == 404
