"""What answers weigh: pages are compressed, films are not, and a save answers for its clip."""

from __future__ import annotations

import gzip

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
