"""Where a team's month went: by person, by story, by render, and as a table to take along."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from decimal import Decimal
from importlib import import_module

import pytest
from django.apps import apps
from django.urls import reverse
from django.utils import timezone

from storyboard.people.models import Team
from storyboard.renders.leavings import Spent
from storyboard.renders.ledger import MOVED_STORY, ledger, month_named
from storyboard.renders.models import Render
from storyboard.renders.money import month_of, spending
from storyboard.renders.states import State
from storyboard.stories.models import Project
from storyboard.stories.scripts.tabled import read_table
from tests.shelf import add_render

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠x"]


def spent(project: Project, by, dollars: str | None, **columns) -> Render:
    estimate = None if dollars is None else Decimal(dollars)
    return add_render(project, asked_by=by, estimate=estimate, **columns)


def page(browser, team, query="") -> str:
    answer = browser.get(f"/teams/{team.pk}/spending/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def table(browser, team, query="") -> list[list[str]]:
    answer = browser.get(f"/teams/{team.pk}/spending.csv{query}")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"].startswith('attachment; filename="storyboard-spending-')
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


def old_team(team, months: int = 3) -> None:
    began = timezone.now() - timedelta(days=31 * months)
    Team.objects.filter(pk=team.pk).update(created_at=began)
    team.refresh_from_db()


def test_a_month_without_renders_says_what_will_stand_there(cast, team):
    assert "No render of this month costs anything yet" in page(cast.browser("owner"), team)


def test_it_is_told_by_person_and_by_story(cast, team, story, now):
    other = Project.objects.create(team=team, title="Kites")
    spent(story.project, cast.editor, "1.5")
    spent(story.project, cast.owner, "0.25")
    spent(other, cast.editor, "2")
    spent(other, None, None)
    found = ledger(team, month_of(now), timezone.now())
    assert [(one.name, one.renders, one.spent, one.unknown) for one in found.people] == [
        ("Editor", 2, Decimal("3.5"), 0),
        ("Owner", 1, Decimal("0.25"), 0),
        ("Somebody who deleted their account", 1, 0, 1),
    ]
    assert [(one.name, one.spent) for one in found.stories] == [
        ("Kites", Decimal(2)),
        ("The Little Match Girl", Decimal("1.75")),
    ]
    shown = page(cast.browser("owner"), team)
    assert "about $3.75" in shown
    assert "1 render of unknown cost" in shown


def test_its_sum_is_that_of_the_limit(cast, team, story, now):
    spent(story.project, cast.editor, "1.5")
    spent(story.project, cast.editor, "7", state=State.CANCELLED, task_id=None)
    last_month = month_of(now) - timedelta(days=1)
    spent(story.project, cast.editor, "3", submitted_at=last_month)
    waiting = {"state": State.QUEUED, "task_id": None, "submitted_at": None}
    spent(story.project, cast.editor, "0.5", queued_at=last_month, **waiting)
    Spent.objects.create(team=team, at=now, estimate=Decimal(4))
    at = timezone.now()
    old_team(team)
    this = ledger(team, month_of(at), at)
    assert this.spent == spending(Render.objects.all(), team, at).spent == Decimal(6)
    assert ledger(team, month_of(last_month), at).spent == Decimal(3)


def test_another_month_is_a_link_away(cast, team, story, now):
    old_team(team)
    before = month_of(month_of(now) - timedelta(days=1))
    spent(story.project, cast.editor, "3", submitted_at=before)
    browser = cast.browser("owner")
    link = f"?month={before:%Y-%m}"
    assert link in page(browser, team)
    shown = page(browser, team, link)
    assert "about $3.00" in shown
    assert f"{before:%B %Y}" in shown


@pytest.mark.parametrize("name", ["", "x", "2026-13", "9999-12", "%00", "1-1"])
def test_no_month_is_before_the_team_or_to_come(team, now, name):
    assert month_named(name, team, now) == month_of(now)


def test_no_team_sees_anothers(cast, team, story):
    spent(story.project, cast.editor, "1.5")
    theirs = cast.outsider.teams.get()
    assert "No render" in page(cast.browser("outsider"), theirs)
    assert len(table(cast.browser("outsider"), theirs)) == 1


def test_owners_alone_read_it(cast, team):
    for url in (f"/teams/{team.pk}/spending/", f"/teams/{team.pk}/spending.csv"):
        for role in ("editor", "commenter", "viewer"):
            assert cast.browser(role).get(url).status_code == 403
        assert cast.browser("outsider").get(url).status_code == 404
        assert cast.browser("owner").post(url).status_code == 405
    assert (
        "See it by person and story"
        not in cast.browser("editor").get(reverse("team_detail", args=(team.pk,))).content.decode()
    )


def test_the_table_has_each_render(cast, team, story, now):
    render = spent(story.project, cast.editor, "1.5")
    spent(story.project, cast.owner, None)
    Spent.objects.create(team=team, at=now, estimate=Decimal(4))
    rows = table(cast.browser("owner"), team)
    asked = f"{render.queued_at:%Y-%m-%d %H:%M:%S}"
    assert rows[1] == [asked, "The Little Match Girl", "Editor", "72", "1.5000", "ready"]
    assert rows[2][4] == "unknown"
    assert rows[3][1:5] == ["Stories that were deleted for good", "", "", "4.0000"]


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_cell_is_a_formula(cast, team, formula):
    project = Project.objects.create(team=team, title=f'{formula},"x"')
    spent(project, cast.editor, "1")
    [_, row] = table(cast.browser("owner"), team)
    assert row[1] == f'\'{formula},"x"'


@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1", "@SUM(A1)", "＝1"])
def test_what_was_made_harmless_is_read_as_it_was(formula):
    script = read_table(f'prompt\n"\'{formula}"\n"\'quoted\'"\n')
    assert [row.prompt for row in script.rows] == [formula, "'quoted'"]


def test_what_was_paid_for_stays_with_the_team_that_paid_when_the_story_moves(
    cast, team, story, now
):
    spent(story.project, cast.editor, "1.5")
    other = Team.objects.create(name="Others")
    Project.objects.filter(pk=story.project.pk).update(team=other, title="Their new secret")
    spent(Project.objects.get(pk=story.project.pk), cast.outsider, "4")
    at = timezone.now()
    assert spending(Render.objects.all(), team, at).spent == Decimal("1.5")
    assert spending(Render.objects.all(), other, at).spent == Decimal(4)
    found = ledger(team, month_of(at), at)
    assert [(one.name, one.spent) for one in found.stories] == [(MOVED_STORY, Decimal("1.5"))]
    browser = cast.browser("owner")
    assert "Their new secret" not in page(browser, team)
    assert [row[1] for row in table(browser, team)] == ["Story", MOVED_STORY]


def test_renders_outlive_the_team_that_paid_for_them(team, story):
    render = add_render(story.project)
    assert render.payer == team
    other = Team.objects.create(name="Others")
    Project.objects.filter(pk=story.project.pk).update(team=other)
    team.delete()
    render.refresh_from_db()
    assert render.payer is None


def test_renders_of_before_are_paid_by_the_team_of_their_story(team, story):
    render = add_render(story.project)
    Render.objects.filter(pk=render.pk).update(payer=None)
    import_module("storyboard.renders.migrations.0019_payers_of_before").fill(apps, None)
    render.refresh_from_db()
    assert render.payer == team
