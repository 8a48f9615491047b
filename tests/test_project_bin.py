"""The bin of stories: listed, restored, deleted for good by an owner, emptied after 30 days."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from storyboard.people.models import Membership, Team
from storyboard.people.roles import Role
from storyboard.renders import bin, money
from storyboard.renders.models import Leftover, Render, SafeMode, State, Take
from storyboard.renders.storage import take_store
from storyboard.stories.bin import KEPT
from storyboard.stories.models import Project
from tests.buckets import names_in
from tests.ladder import assert_only_writers_may
from tests.shelf import add_render, add_take


@pytest.fixture
def binned(cast, story):
    """The story with a take that cost 0.31 USD, put into the bin by the editor."""
    add_take(story.project, stored=True)
    story.project.renders.update(estimate=Decimal("0.31"), submitted_at=timezone.now())
    cast.browser("editor").post(reverse("project_delete", args=(story.project.pk,)))
    story.project.refresh_from_db()
    return story


def delete(cast, project, role="owner", **data):
    return cast.browser(role).post(reverse("bin_project_delete", args=(project.pk,)), data)


def there(story) -> bool:
    return Project.objects.filter(pk=story.project.pk).exists()


def test_only_owners_may_delete_for_good(cast, binned):
    url = reverse("bin_project_delete", args=(binned.project.pk,))
    data = {"title": binned.project.title}
    assert_only_writers_may(cast, url, data)
    assert cast.browser("editor").post(url, data).status_code == 403
    assert cast.browser("editor").get(url.replace("delete/", "")).status_code == 403
    assert there(binned)
    assert delete(cast, binned.project, title=binned.project.title).status_code == 302
    assert not there(binned)


def test_the_bin_lists_the_stories_of_teams_one_writes_in(cast, binned):
    for role, shown in (("owner", True), ("editor", True), ("viewer", False), ("outsider", False)):
        page = cast.browser(role).get(reverse("bin")).content.decode()
        assert (binned.project.title in page) is shown, role
    page = cast.browser("editor").get(reverse("bin")).content.decode()
    assert "deleted by <bdi>Editor</bdi>" in page
    assert '<span class="number">30</span> days left' in page
    assert reverse("bin_project", args=(binned.project.pk,)) not in page
    shelf = cast.browser("editor").get(reverse("project_list")).content.decode()
    assert reverse("bin") in shelf


def test_an_owner_elsewhere_is_offered_to_delete_only_there(cast, binned):
    other = Team.objects.create(name="Elsewhere")
    Membership.objects.create(team=other, user=cast.editor, role=Role.OWNER)
    page = cast.browser("editor").get(reverse("bin")).content.decode()
    assert reverse("bin_project", args=(binned.project.pk,)) not in page


def test_an_editor_restores_a_story_from_the_bin(cast, binned):
    answer = cast.browser("editor").post(
        reverse("project_restore", args=(binned.project.pk,)), follow=True
    )
    assert "is back" in answer.content.decode()
    detail = cast.browser("viewer").get(reverse("project_detail", args=(binned.project.pk,)))
    assert detail.status_code == 200
    assert binned.project.takes.count() == 1
    assert "The bin is empty" in cast.browser("editor").get(reverse("bin")).content.decode()


def test_the_page_says_what_is_lost_and_wants_the_title(cast, binned):
    url = reverse("bin_project", args=(binned.project.pk,))
    page = cast.browser("owner").get(url).content.decode()
    assert '<span class="number">1</span> take</b>' in page
    assert "about $0.31" in page
    assert "Type its title" in page
    answer = delete(cast, binned.project, title="The Little Match Boy")
    assert answer.status_code == 422
    assert "Nothing was deleted." in answer.content.decode()
    assert 'value="The Little Match Boy"' in answer.content.decode()
    assert there(binned)


def test_a_story_that_was_never_rendered_goes_at_a_second_press(cast, story):
    cast.browser("owner").post(reverse("project_delete", args=(story.project.pk,)))
    page = cast.browser("owner").get(reverse("bin_project", args=(story.project.pk,)))
    assert "Type its title" not in page.content.decode()
    assert delete(cast, story.project).status_code == 302
    assert not there(story)


@pytest.mark.parametrize("state", ["queued", "submitting", "waiting", "rendering", "saving"])
def test_a_render_under_way_keeps_its_story(cast, binned, state):
    add_render(binned.project, state)
    page = cast.browser("owner").get(reverse("bin_project", args=(binned.project.pk,)))
    assert "is under way" in page.content.decode()
    answer = delete(cast, binned.project, title=binned.project.title)
    assert answer.status_code == 422
    assert "1 render of this story is under way" in answer.content.decode()
    assert there(binned)
    assert Take.objects.count() == 1


def test_a_story_that_is_not_in_the_bin_cannot_be_deleted_for_good(cast, story, now):
    assert delete(cast, story.project, title=story.project.title).status_code == 404
    assert not bin.delete_project(story.project.pk, now)
    assert there(story)


def test_what_was_spent_stays_counted_in_the_teams_month(cast, binned, team, now):
    before = money.spending(Render.objects.all(), team, now)
    assert before.spent == Decimal("0.31")
    add_render(binned.project, State.UNSURE, estimate=None, submitted_at=now)
    add_render(binned.project, State.CANCELLED, estimate=Decimal(5), task_id=None)
    delete(cast, binned.project, title=binned.project.title)
    after = money.spending(Render.objects.all(), team, now)
    assert (after.spent, after.unknown) == (Decimal("0.31"), 1)
    later = money.spending(Render.objects.all(), team, now + timedelta(days=32))
    assert later.spent == 0


def test_the_files_go_after_the_row_whatever_store_they_are_in(cast, story, store, now):
    add_take(story.project, stored=True)
    other = Project.objects.create(team=story.project.team, title="Another")
    other.add_scene("Stays")
    kept = add_take(other, stored=True)
    cast.browser("owner").post(reverse("project_delete", args=(story.project.pk,)))
    delete(cast, story.project, title=story.project.title)
    assert len(names_in(store)) == 4
    # Here the process may die: the next one finds the folder written down.
    bin.Emptying(store, timezone.now).tend()
    assert names_in(store) == {kept.file, kept.poster}
    bin.Emptying(store, timezone.now).tend()
    assert Leftover.objects.get().removed_at


def test_a_file_that_comes_in_after_all_goes_a_day_later(cast, binned, now):
    store = take_store()
    delete(cast, binned.project, title=binned.project.title)
    bin.Emptying(store, lambda: now).tend()
    late = f"{binned.project.pk}/9-late.mp4"
    store.save(late, b"a film")
    bin.Emptying(store, lambda: now + timedelta(hours=23)).tend()
    assert store.exists(late)
    bin.Emptying(store, lambda: now + timedelta(hours=25)).tend()
    assert not store.exists(late)
    assert not Leftover.objects.exists()


def test_a_store_out_of_reach_is_tried_again(cast, story, s3, now, caplog):
    store = take_store()
    add_take(story.project, stored=True)
    story.project.delete_at(now)
    bin.delete_project(story.project.pk, now)
    s3.trouble = "denied"
    bin.Emptying(store, lambda: now).tend()
    assert Leftover.objects.get().removed_at is None
    assert "stay for now" in caplog.text
    s3.trouble = ""
    bin.Emptying(store, lambda: now).tend()
    assert names_in(store) == set()


def test_the_files_of_a_story_that_is_there_are_never_left_over(story, now):
    take = add_take(story.project, stored=True)
    Leftover.objects.create(folder=str(story.project.pk), at=now)
    bin.Emptying(take_store(), lambda: now).tend()
    assert take_store().exists(take.file)
    assert not Leftover.objects.exists()


def test_after_thirty_days_a_story_goes_by_itself_and_not_before(binned, now):
    deleted = binned.project.deleted_at
    bin.Emptying(take_store(), lambda: deleted + KEPT).tend()
    assert there(binned)
    bin.Emptying(take_store(), lambda: deleted + KEPT + timedelta(seconds=1)).tend()
    assert not there(binned)
    assert not Take.objects.exists()


def test_a_story_with_a_render_under_way_stays_beyond_its_days(binned):
    render = add_render(binned.project, State.RENDERING)
    late = binned.project.deleted_at + KEPT + timedelta(days=1)
    bin.Emptying(take_store(), lambda: late).tend()
    assert there(binned)
    Render.objects.filter(pk=render.pk).update(state=State.READY)
    bin.Emptying(take_store(), lambda: late).tend()
    assert not there(binned)


def test_nothing_goes_while_a_restored_backup_is_looked_at(binned, now):
    safe = SafeMode.objects.create(since=now, why="restored")
    late = binned.project.deleted_at + KEPT + timedelta(days=400)
    bin.Emptying(take_store(), lambda: late).tend()
    assert there(binned)
    SafeMode.objects.filter(pk=safe.pk).update(active=False)
    bin.Emptying(take_store(), lambda: late).tend()
    assert not there(binned)


def test_a_story_restored_meanwhile_is_not_deleted(cast, binned, now):
    old = binned.project.deleted_at + KEPT
    binned.project.restore()
    assert not bin.delete_project(binned.project.pk, now, deleted_before=old)
    binned.project.delete_at(now)
    assert not bin.delete_project(binned.project.pk, now, deleted_before=now)
    assert there(binned)


def test_a_story_deleted_for_good_meanwhile_does_not_come_back(cast, binned, now):
    project = Project.objects.get(pk=binned.project.pk)
    bin.delete_project(project.pk, now)
    assert not project.restore()
    url = reverse("project_restore", args=(project.pk,))
    assert cast.browser("editor").post(url).status_code == 404
