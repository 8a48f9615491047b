"""Guests: people who are let in to one story of a team, and to nothing else of it."""

from __future__ import annotations

from django.conf import settings
from django.db import models, transaction

from storyboard.people.departures import Departure
from storyboard.people.roles import GUEST_CHOICES, GUEST_ROLES, Ability, in_words


class Gone(Exception):
    """Refused: whoever it was about went meanwhile."""


class Guest(models.Model):
    """One person in one story, with a role; spending is a switch beside it, off at first."""

    project = models.ForeignKey("stories.Project", models.CASCADE, related_name="guests")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="guest_of")
    role = models.CharField(max_length=10, choices=GUEST_CHOICES)
    may_spend = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    TEAM_PATH = "project__team"
    PROJECT_PATH = "project"
    abilities: frozenset[Ability] = frozenset()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("project", "user"), name="guest_once_a_story"),
            models.CheckConstraint(
                condition=models.Q(role__in=[role.value for role in GUEST_ROLES]),
                name="guest_role_known",
            ),
        )

    def __str__(self) -> str:
        return f"{self.user} is {self.role} of {self.project_id} as a guest"

    def in_words(self) -> str:
        return in_words(self.role, self.may_spend)

    def change(self, *, role: str, may_spend: bool) -> None:
        """Give the guest this role; raise Gone when they are none any more."""
        if not Guest.objects.filter(pk=self.pk).update(role=role, may_spend=may_spend):
            raise Gone
        self.role, self.may_spend = role, may_spend

    def leave(self) -> None:
        """Take the guest out of the story; no link of before brings them back. Raises Gone."""
        with transaction.atomic():
            team = self.project.team_id
            Departure.objects.create(user_id=self.user_id, team_id=team, project=self.project)
            if not self.delete()[0]:
                raise Gone
