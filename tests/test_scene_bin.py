"""The bin of a story's scenes: listed, restored to a legal place, deleted for good, emptied."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from storyboard.novita import limits
from storyboard.stories import bin, budget, history
from storyboard.stories.models import Project, Scene
from storyboard.stories.telling import tell
from tests.ladder import assert_only_writers_may
from tests.shelf import add_take


@pytest.fixture
def binned(cast, story):
    """The story, its second scene put into the bin by the editor."""
    add_take(story.project)
    cast.browser("editor").post(reverse("scene_delete", args=(story.scenes[1].pk,)))
    story.scenes[1].refresh_from_db()
    return story


def bin_page(cast, story, role="editor"):
    return cast.browser(role).get(reverse("project_bin", args=(story.project.pk,)))


def kept(story):
    return list(story.project.scenes.kept().in_order())


def test_only_writers_may_delete_for_good(cast, binned):
    url = reverse("scene_delete_for_good", args=(binned.scenes[1].pk,))
    assert_only_writers_may(cast, url)
    assert Scene.objects.filter(pk=binned.scenes[1].pk).exists()


def test_only_writers_see_the_bin(cast, binned):
    for role in ("viewer", "commenter"):
        assert bin_page(cast, binned, role).status_code == 403
    assert bin_page(cast, binned, "outsider").status_code == 404


def test_the_bin_says_what_is_in_it_who_deleted_it_and_how_long_it_stays(cast, binned):
    Scene.objects.filter(pk=binned.scenes[1].pk).update(
        deleted_at=timezone.now() - timedelta(days=3, hours=1)
    )
    page = bin_page(cast, binned).content.decode()
    assert "A match is lit" in page
    assert "Editor" in page
    assert '<span class="number">27</span> days left' in page
    assert reverse("span_poster", args=(binned.project.takes.get().spans.all()[1].pk,)) in page
    assert "A star falls" not in page


def test_the_editors_menu_leads_to_the_bin_and_an_empty_one_says_so(cast, story):
    page = cast.browser("editor").get(reverse("project_detail", args=(story.project.pk,)))
    assert reverse("project_bin", args=(story.project.pk,)) in page.content.decode()
    assert "The bin is empty" in bin_page(cast, story).content.decode()


def test_an_empty_scene_is_not_listed(cast, story):
    scene = story.project.add_scene()
    cast.browser("editor").post(reverse("scene_delete", args=(scene.pk,)))
    assert "The bin is empty" in bin_page(cast, story).content.decode()


def test_a_restored_scene_stands_where_it_stood_with_its_take_and_a_revision(cast, binned):
    url = reverse("scene_restore", args=(binned.scenes[1].pk,))
    answer = cast.browser("editor").post(url)
    assert answer.status_code == 302
    assert kept(binned) == binned.scenes
    assert kept(binned)[1].pick is not None
    revision = binned.project.revisions.first()
    assert (revision.kind, revision.person) == ("restore", cast.editor)
    assert tell(revision.changes, {binned.scenes[1].pk: "A match is lit"}) == (
        "“A match is lit” brought back"
    )
    assert "The bin is empty" in bin_page(cast, binned).content.decode()


def test_restoring_is_undone_like_any_change(cast, binned):
    cast.browser("editor").post(reverse("scene_restore", args=(binned.scenes[1].pk,)))
    history.undo(binned.project, cast.editor, timezone.now())
    assert kept(binned) == [binned.scenes[0], binned.scenes[2]]


def test_a_scene_whose_clip_is_full_comes_back_as_a_clip_of_its_own(cast, binned):
    for _ in range(5):
        binned.project.add_scene("Filler")
    answer = cast.browser("editor").post(
        reverse("scene_restore", args=(binned.scenes[1].pk,)), follow=True
    )
    assert "begins a clip of its own" in answer.content.decode()
    rows = kept(binned)
    assert rows[-1].pk == binned.scenes[1].pk
    assert rows[-1].cut
    assert all(sum(s.frames for s in run) <= limits.CLIP_FRAMES_MAX for run in budget.clips(rows))


def test_the_script_gets_the_same_words_about_the_new_clip(cast, binned):
    for _ in range(5):
        binned.project.add_scene("Filler")
    url = reverse("scene_restore", args=(binned.scenes[1].pk,))
    answer = cast.browser("editor").post(url, headers={"HX-Request": "true"})
    assert "begins a clip of its own" in answer.content.decode()


def test_an_older_state_keeps_the_cut_it_had_after_such_a_restore(binned, cast):
    before = binned.project.revisions.first()
    for _ in range(5):
        binned.project.add_scene("Filler")
    cast.browser("editor").post(reverse("scene_restore", args=(binned.scenes[1].pk,)))
    state = history.state_at(binned.project, before)
    assert state[f"scene.{binned.scenes[1].pk}.cut"] is False


def test_deleting_for_good_leaves_the_takes_and_cannot_be_undone(cast, binned):
    url = reverse("scene_delete_for_good", args=(binned.scenes[1].pk,))
    answer = cast.browser("editor").post(url, follow=True)
    assert "deleted for good" in answer.content.decode()
    assert not Scene.objects.filter(pk=binned.scenes[1].pk).exists()
    assert binned.project.takes.get().spans.count() == 3
    with pytest.raises(history.Nothing):
        history.undo(binned.project, cast.editor, timezone.now())
    page = cast.browser("editor").get(reverse("project_history", args=(binned.project.pk,)))
    assert "scene (since gone for good) deleted" in page.content.decode()


def test_an_older_version_is_restored_without_what_was_deleted_for_good(cast, binned):
    project = Project.objects.get(pk=binned.project.pk)
    project.person = cast.editor
    binned.scenes[0].write(prompt="Night falls", caption="", version=1)
    first = project.revisions.last()
    cast.browser("editor").post(reverse("scene_delete_for_good", args=(binned.scenes[1].pk,)))
    url = reverse("revision_restore", args=(project.pk, first.pk))
    assert cast.browser("editor").post(url).status_code == 302
    assert [scene.pk for scene in kept(binned)] == [binned.scenes[0].pk, binned.scenes[2].pk]
    page = cast.browser("editor").get(reverse("revision_detail", args=(project.pk, first.pk)))
    assert page.status_code == 200


def test_a_scene_that_is_not_in_the_bin_cannot_be_deleted_for_good(cast, story):
    url = reverse("scene_delete_for_good", args=(story.scenes[0].pk,))
    assert cast.browser("editor").post(url).status_code == 404
    assert bin.delete_scenes(story.project, Scene.objects.filter(pk=story.scenes[0].pk)) == 0
    assert len(kept(story)) == 3


def test_a_scene_deleted_for_good_meanwhile_does_not_come_back(binned):
    scene = Scene.objects.get(pk=binned.scenes[1].pk)
    bin.delete_scenes(binned.project, Scene.objects.all())
    from_elsewhere = reverse("scene_restore", args=(scene.pk,))
    assert from_elsewhere
    with pytest.raises(Exception, match="deleted for good"):
        scene.restore()
    assert len(kept(binned)) == 2


def test_after_thirty_days_a_scene_goes_for_good_and_not_a_moment_before(binned, now):
    Scene.objects.filter(pk=binned.scenes[1].pk).update(deleted_at=now)
    assert bin.delete_old_scenes(now + bin.KEPT) == 0
    assert bin.delete_old_scenes(now + bin.KEPT + timedelta(seconds=1)) == 1
    assert kept(binned) == [binned.scenes[0], binned.scenes[2]]
    assert bin.delete_old_scenes(now + bin.KEPT + timedelta(days=9)) == 0


def test_days_left_count_the_one_that_has_begun(now):
    assert bin.days_left(now, now) == 30
    assert bin.days_left(now, now + timedelta(days=29, hours=1)) == 1
    assert bin.days_left(now, now + timedelta(days=31)) == 0
