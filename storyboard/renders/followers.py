"""Who is told by e-mail when the renders of a story end."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models

from storyboard.people.models import User
from storyboard.stories.models import Project


class Follower(models.Model):
    """Somebody who is told when what was under way in a story has ended."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="followers")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    # The story's page as they typed its address; PUBLIC_URL, where it is set, is better.
    address = models.URLField(max_length=500)
    # What ended until then is told.
    told_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("project", "person"), name="one_follower_a_person"),
        )

    def __str__(self) -> str:
        return f"{self.person} follows {self.project}"


def follow(project: Project, person: User, address: str, at: datetime) -> None:
    """Tell `person` of what ends after `at`; one who is told already is told no more often."""
    Follower.objects.get_or_create(
        project=project, person=person, defaults={"address": address, "told_at": at}
    )


def leave(project: Project, person: User) -> None:
    """Tell `person` no more."""
    Follower.objects.filter(project=project, person=person).delete()


def follows(project: Project, person: User | AnonymousUser) -> bool:
    return Follower.objects.filter(project=project, person=person.pk).exists()
