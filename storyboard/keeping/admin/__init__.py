"""Rows as the database has them, for support: Django's admin behind a door of ours."""

from __future__ import annotations

from storyboard.keeping.admin.people_rows import ActivityRows, MembershipRows, TeamRows, UserRows
from storyboard.keeping.admin.site import Administration
from storyboard.keeping.admin.story_rows import EventRows, ProjectRows, RenderRows, TakeRows
from storyboard.people.models import Activity, Membership, Team, User
from storyboard.renders.models import Render, RenderEvent, Take
from storyboard.stories.models import Project

administration = Administration()
administration.register(User, UserRows)
administration.register(Team, TeamRows)
administration.register(Membership, MembershipRows)
administration.register(Activity, ActivityRows)
administration.register(Project, ProjectRows)
administration.register(Render, RenderRows)
administration.register(RenderEvent, EventRows)
administration.register(Take, TakeRows)
