"""An account with the sample story, as its first day leaves it, and renders under way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from storyboard.people.models import Team, User
from storyboard.renders.models import Render
from storyboard.renders.states import State
from storyboard.stories.models import Project
from storyboard.stories.sample import create_sample


def sample(email: str) -> tuple[User, Project]:
    user = User.objects.create_user(email, "a long password", name="Writer")
    return user, create_sample(Team.objects.of(user).get(), user)


def under_way(project: Project, engine: str, count: int, at: datetime) -> Iterator[Render]:
    """Yield renders, not yet stored, that were sent at `at` and are due then."""
    for number in range(count):
        yield Render(
            project=project,
            payer_id=project.team_id,
            nonce=f"bench-{number}",
            request={},
            scenes=[],
            engine=engine,
            state=State.RENDERING,
            task_id=f"task-{project.pk}-{number}",
            queued_at=at,
            submitted_at=at,
            changed_at=at,
            next_step_at=at,
        )
