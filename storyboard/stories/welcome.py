"""Greets a new account with the sample project, in the personal team it owns."""

from __future__ import annotations

from typing import Any

from allauth.account.signals import user_signed_up
from django.dispatch import receiver

from storyboard.people.models import Membership, User
from storyboard.people.roles import Role
from storyboard.stories.sample import create_sample


@receiver(user_signed_up)
def greet(sender: object, user: User, **kwargs: Any) -> None:
    own = Membership.objects.filter(user=user, role=Role.OWNER, team__personal=True)
    membership = own.select_related("team").first()
    if membership and not membership.team.projects.exists():
        create_sample(membership.team, user)
