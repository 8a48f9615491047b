"""Files of takes are answered as nginx answers them, and where it is in front, by nginx itself."""

from __future__ import annotations

import os
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from django.conf import settings as configured
from django.urls import reverse

from tests.films import film
from tests.nginx import nginx
from tests.shelf import add_take

README = Path(configured.BASE_DIR, "README.md").read_text()
CHANGED = 1_700_000_000
DATE = "Tue, 14 Nov 2023 22:13:20 GMT"
LATER = "Wed, 15 Nov 2023 22:13:20 GMT"
SIZE = len(film(72))
TAG = f'"{CHANGED:x}-{SIZE:x}"'
WHOLE = range(SIZE)
# Headers of the request; the status; the bytes that are sent.
TABLE: list[tuple[dict[str, str], int, range | None]] = [
    ({}, 200, WHOLE),
    ({"Range": "bytes=0-"}, 206, WHOLE),
    ({"Range": "bytes=0-0"}, 206, range(1)),
    ({"Range": "bytes=0-1"}, 206, range(2)),
    ({"Range": "bytes=10-19"}, 206, range(10, 20)),
    ({"Range": "bytes=9-"}, 206, range(9, SIZE)),
    ({"Range": "bytes=-5"}, 206, range(SIZE - 5, SIZE)),
    ({"Range": "bytes=-99999999"}, 206, WHOLE),
    ({"Range": "bytes=10-99999999"}, 206, range(10, SIZE)),
    ({"Range": f"bytes={SIZE - 1}-"}, 206, range(SIZE - 1, SIZE)),
    ({"Range": "BYTES=3-4"}, 206, range(3, 5)),
    ({"Range": "bytes= 3 - 4 "}, 206, range(3, 5)),
    ({"Range": f"bytes={SIZE}-"}, 416, None),
    ({"Range": "bytes=99999999-"}, 416, None),
    ({"Range": "bytes=-0"}, 416, None),
    ({"Range": "bytes=5-2"}, 416, None),
    ({"Range": "bytes=0-x"}, 416, None),
    ({"Range": "bytes=x-"}, 416, None),
    ({"Range": "bytes=--1"}, 416, None),
    ({"Range": "bytes=0-1-2"}, 416, None),
    ({"Range": "bytes=99999999999999999999-"}, 416, None),
    ({"Range": "bytes=,"}, 416, None),
    ({"Range": "bytes="}, 200, WHOLE),
    ({"Range": "lines=0-1"}, 200, WHOLE),
    ({"Range": "nonsense"}, 200, WHOLE),
    ({"Range": "bytes=0-1,4-5"}, 200, WHOLE),
    ({"Range": "bytes=0-1,99999999-"}, 206, range(2)),
    ({"Range": "bytes=0-1,x"}, 416, None),
    ({"Range": "bytes=99999999-,3-4"}, 206, range(3, 5)),
    ({"Range": "bytes=0-1", "If-Range": TAG}, 206, range(2)),
    ({"Range": "bytes=0-1", "If-Range": '"other"'}, 200, WHOLE),
    ({"Range": "bytes=0-1", "If-Range": f"W/{TAG}"}, 200, WHOLE),
    ({"Range": "bytes=0-1", "If-Range": DATE}, 206, range(2)),
    ({"Range": "bytes=0-1", "If-Range": LATER}, 200, WHOLE),
    ({"Range": "bytes=0-1", "If-Range": "nonsense"}, 200, WHOLE),
    ({"If-None-Match": TAG}, 304, None),
    ({"If-None-Match": f"W/{TAG}"}, 304, None),
    ({"If-None-Match": f'"other" , {TAG}'}, 304, None),
    ({"If-None-Match": "*"}, 304, None),
    ({"If-None-Match": '"other"'}, 200, WHOLE),
    ({"If-Modified-Since": DATE}, 304, None),
    ({"If-Modified-Since": LATER}, 200, WHOLE),
    ({"If-Modified-Since": "Mon, 13 Nov 2023 22:13:20 GMT"}, 200, WHOLE),
    ({"If-Modified-Since": "nonsense"}, 200, WHOLE),
    ({"If-Modified-Since": DATE, "If-None-Match": TAG}, 304, None),
    ({"If-Modified-Since": DATE, "If-None-Match": '"other"'}, 200, WHOLE),
    ({"If-Modified-Since": LATER, "If-None-Match": TAG}, 200, WHOLE),
    ({"If-None-Match": TAG, "Range": "bytes=0-1"}, 304, None),
    ({"If-None-Match": '"other"', "Range": "bytes=0-1"}, 206, range(2)),
    ({"If-Match": TAG}, 200, WHOLE),
    ({"If-Match": '"other"'}, 412, None),
    ({"If-Match": f"W/{TAG}"}, 412, None),
    ({"If-Unmodified-Since": DATE}, 200, WHOLE),
    ({"If-Unmodified-Since": "Mon, 13 Nov 2023 22:13:20 GMT"}, 412, None),
    ({"If-Unmodified-Since": LATER, "Range": "bytes=0-1"}, 206, range(2)),
]
TOLD = ("Content-Range", "Accept-Ranges", "ETag", "Last-Modified")
NAMES = [" and ".join(f"{k} {v}" for k, v in row[0].items()) or "plain" for row in TABLE]


@pytest.fixture
def take(story, settings, tmp_path):
    settings.TAKES_ROOT = tmp_path / "takes"
    take = add_take(story.project, stored=True)
    path = settings.TAKES_ROOT / take.file
    os.utime(path, (CHANGED, CHANGED))
    return take


def told(answer, headers) -> dict[str, str | None]:
    """Return what a player goes by; the length of words about an error is nobody's business."""
    found = {name: headers.get(name) for name in TOLD}
    if answer in (200, 206):
        found |= {name: headers.get(name) for name in ("Content-Length", "Content-Type")}
    return found


@pytest.mark.parametrize(("asked", "status", "sent"), TABLE, ids=NAMES)
@pytest.mark.parametrize("method", ["get", "head"])
def test_the_table_of_answers_holds(cast, take, asked, status, sent, method):
    answer = getattr(cast.browser("viewer"), method)(
        reverse("take_video", args=(take.pk,)), headers=asked
    )
    content = b"".join(answer)
    answer.close()
    assert answer.status_code == status
    whole = film(72)
    wanted = whole[sent.start : sent.stop] if sent is not None and method == "get" else b""
    assert content == wanted
    if sent is not None:
        assert answer["Content-Length"] == str(len(sent))
        assert answer["Content-Type"] == "video/mp4"
    if status == 206:
        assert answer["Content-Range"] == f"bytes {sent.start}-{sent.stop - 1}/{SIZE}"
    if status == 416:
        assert answer["Content-Range"] == f"bytes */{SIZE}"
    if status in (200, 206, 304):
        assert (answer["ETag"], answer["Last-Modified"]) == (TAG, DATE)


@pytest.mark.process
def test_nginx_gives_the_same_answers(cast, take, settings, tmp_path):
    browser = cast.browser("viewer")
    url = reverse("take_video", args=(take.pk,))
    with nginx(tmp_path / "nginx", f"root {settings.TAKES_ROOT};") as address:
        for method in ("get", "head"):
            for asked, status, sent in TABLE:
                theirs = requests.request(
                    method,
                    f"{address}/{take.file}",
                    headers={"Accept-Encoding": "identity"} | asked,
                    timeout=10,
                )
                ours = getattr(browser, method)(url, headers=asked)
                content = b"".join(ours)
                ours.close()
                row = (method, asked)
                assert (row, theirs.status_code) == (row, status)
                assert (row, ours.status_code) == (row, theirs.status_code)
                assert (row, told(status, ours.headers)) == (row, told(status, theirs.headers))
                if sent is not None:
                    assert content == theirs.content


def test_nginx_in_front_is_told_which_file_to_send(cast, take, settings):
    settings.X_ACCEL_PREFIX = "/films/"
    url = reverse("take_video", args=(take.pk,))
    # Whatever part was asked for: nginx decides that, from the file itself.
    answer = cast.browser("viewer").get(url, headers={"Range": "bytes=0-1", "If-None-Match": TAG})
    assert answer.status_code == 200
    assert answer["X-Accel-Redirect"] == f"/films/{take.file}"
    assert answer["Content-Type"] == "video/mp4"
    assert answer["Cache-Control"].startswith("private")
    assert answer.content == b""
    assert cast.browser("outsider").get(url).status_code == 404
    (settings.TAKES_ROOT / take.file).unlink()
    assert cast.browser("viewer").get(url).status_code == 404


@pytest.mark.process
def test_a_real_nginx_sends_what_it_is_told(cast, take, settings, tmp_path):
    settings.X_ACCEL_PREFIX = "/films/"
    said = cast.browser("viewer").get(reverse("take_video", args=(take.pk,))).headers

    class Web(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            for name, value in said.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *words):
            """Say nothing."""

    web = ThreadingHTTPServer(("127.0.0.1", 0), Web)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    locations = (
        f"location / {{ proxy_pass http://127.0.0.1:{web.server_port}; }}"
        + re.search(r"location /films/ \{.*?\}", README, re.DOTALL)[0]
    ).replace("/srv/storyboard/data/takes/", f"{settings.TAKES_ROOT}/")
    try:
        with nginx(tmp_path / "nginx", locations) as address:
            part = requests.get(f"{address}/x", headers={"Range": "bytes=10-19"}, timeout=10)
            assert (part.status_code, part.content) == (206, film(72)[10:20])
            assert part.headers["Content-Type"] == "video/mp4"
            assert part.headers["Cache-Control"].startswith("private")
            assert part.headers["X-Content-Type-Options"] == "nosniff"
            assert "frame-ancestors 'none'" in part.headers["Content-Security-Policy"]
            assert part.headers["Cross-Origin-Resource-Policy"] == "same-origin"
            assert "max-age=31536000" in part.headers["Strict-Transport-Security"]
            assert requests.get(f"{address}/films/{take.file}", timeout=10).status_code == 404
    finally:
        web.shutdown()
        web.server_close()


def test_a_bucket_sends_its_films_itself_when_it_may(cast, story, s3, settings):
    settings.TAKES_REDIRECT = True
    take = add_take(story.project, stored=True)
    url = reverse("take_video", args=(take.pk,))
    answer = cast.browser("viewer").get(url)
    assert answer.status_code == 302
    assert answer["Cache-Control"] == "no-store"
    link = answer["Location"]
    assert link.startswith(s3.url)
    assert "X-Amz-Signature=" in link
    sent = requests.get(link, headers={"Range": "bytes=10-19"}, timeout=10)
    assert (sent.status_code, sent.content) == (206, film(72)[10:20])
    assert sent.headers["Content-Type"] == "video/mp4"
    head = cast.browser("viewer").head(url)["Location"]
    assert requests.head(head, timeout=10).headers["Content-Length"] == str(SIZE)
    assert urlsplit(head).path == urlsplit(link).path
    assert cast.browser("outsider").get(url).status_code == 404


def test_a_film_that_the_bucket_lost_is_a_missing_page(cast, story, s3, settings):
    settings.TAKES_REDIRECT = True
    take = add_take(story.project)
    url = reverse("take_video", args=(take.pk,))
    assert cast.browser("viewer").get(url).status_code == 404
    take.refresh_from_db()
    assert take.lost_at is not None
