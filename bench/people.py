"""An account with the sample story, as its first day leaves it."""

from __future__ import annotations

from storyboard.people.models import Team, User
from storyboard.stories.models import Project
from storyboard.stories.sample import create_sample


def sample(email: str) -> tuple[User, Project]:
    user = User.objects.create_user(email, "a long password", name="Writer")
    return user, create_sample(Team.objects.of(user).get(), user)
