"""What answers weigh: pages are compressed, films are not, and a save answers for its clip."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

from django.conf import settings
from django.urls import reverse

from tests.shelf import add_take


def test_a_page_is_compressed_for_a_browser_that_reads_gzip(cast, story):
    url = reverse("project_detail", args=(story.project.pk,))
    answer = cast.browser("editor").get(url, headers={"Accept-Encoding": "gzip"})
    assert answer["Content-Encoding"] == "gzip"
    assert len(answer.content) * 4 < len(gzip.decompress(answer.content))


def test_a_page_goes_out_plain_to_whoever_reads_no_gzip(cast, story):
    url = reverse("project_detail", args=(story.project.pk,))
    assert not cast.browser("editor").get(url).has_header("Content-Encoding")


def test_a_film_is_never_compressed(cast, story):
    take = add_take(story.project, stored=True)
    url = reverse("take_video", args=(take.pk,))
    answer = cast.browser("editor").get(url, headers={"Accept-Encoding": "gzip"})
    assert answer.status_code == 200
    assert not answer.has_header("Content-Encoding")
    answer.close()


def test_saving_frames_answers_with_the_places_of_its_own_clip_alone(cast, story):
    first, second, third = story.scenes
    third.cut = True
    third.save()
    url = reverse("scene_frames", args=(first.pk,))
    answer = cast.browser("editor").post(url, {"frames": "16"}, headers={"HX-Request": "true"})
    page = answer.content.decode()
    assert f'id="scene-{first.pk}-place"' in page
    assert f'id="scene-{second.pk}-place"' in page
    assert f'id="scene-{third.pk}-place"' not in page


def test_the_first_visit_of_the_editor_is_at_most_180_kilobytes(cast, story):
    """What goes over the wire but for headers, which 40 answers make some 26 KB of."""
    page = cast.browser("editor").get(reverse("project_detail", args=(story.project.pk,))).content
    found = {"icons.svg", *re.findall(r'(?:src|href)="/static/([^"#]+)', page.decode())}
    seen: dict[str, bytes] = {}
    while found:
        name = found.pop()
        if name not in seen:
            path = Path(settings.BASE_DIR, "static", name)
            seen[name] = path.read_bytes()
            beside = re.compile(rb"""(?:from|import) "(\.[^"]+\.js)"|url\("(\.\.[^"]+)"\)""")
            for ways in beside.findall(seen[name]) if path.suffix in {".js", ".css"} else []:
                way = path.parent.joinpath((ways[0] or ways[1]).decode()).resolve()
                found.add(str(way.relative_to(Path(settings.BASE_DIR, "static"))))
    assert {Path(name).suffix for name in seen} == {".css", ".js", ".svg", ".woff2"}
    weights = [len(one if one[:4] == b"wOF2" else gzip.compress(one)) for one in seen.values()]
    total = sum(weights) + len(gzip.compress(page))
    assert total < 152_000
