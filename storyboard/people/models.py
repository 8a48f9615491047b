"""Who works here: accounts, the teams that share projects, and their roles."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from typing import ClassVar

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.db import models, transaction
from django.db.models.functions import Lower


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, name: str = "") -> User:
        """Create an account with its personal team."""
        user = self.model(email=self.normalize_email(email), name=name)
        user.set_password(password)
        with transaction.atomic():
            user.save(using=self._db)
            Team.objects.create_personal(user)
        return user


class User(AbstractUser):
    """An account, known by its e-mail address."""

    username = None  # type: ignore[assignment]
    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    email = models.EmailField("e-mail address", unique=True)
    name = models.CharField(max_length=80, blank=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]

    class Meta:
        constraints = (
            models.UniqueConstraint(Lower("email"), name="user_email_any_case"),
        )

    def __str__(self) -> str:
        return self.name or self.email.partition("@")[0]

    @property
    def initial(self) -> str:
        return str(self)[:1].upper()


class Role(models.TextChoices):
    OWNER = "owner", "Owner"
    EDITOR = "editor", "Editor"
    COMMENTER = "commenter", "Commenter"
    VIEWER = "viewer", "Viewer"


WRITERS = (Role.OWNER, Role.EDITOR)


class TeamQuerySet(models.QuerySet["Team"]):
    def create_personal(self, user: User) -> Team:
        """Create the team that every account owns from its first day."""
        team = self.create(name=f"{user}'s stories"[:80], personal=True)
        Membership.objects.create(team=team, user=user, role=Role.OWNER, may_spend=True)
        return team

    def of(self, user: User) -> TeamQuerySet:
        return self.filter(memberships__user=user)


class Team(models.Model):
    """People who share projects, an API key and a spending limit."""

    name = models.CharField(max_length=80)
    personal = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    members = models.ManyToManyField(User, through="Membership", related_name="teams")

    TEAM_PATH = ""
    objects = TeamQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    team = models.ForeignKey(Team, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role)
    may_spend = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    TEAM_PATH = "team"

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("team", "user"), name="membership_once_a_person"),
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="membership_role_known"
            ),
        )

    def __str__(self) -> str:
        return f"{self.user} is {self.role} of {self.team}"


def token_hash(token: str) -> str:
    """Return what the database keeps of a secret address: its SHA-256, never itself."""
    return hashlib.sha256(token.encode()).hexdigest()


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open_at(self, at: datetime) -> InvitationQuerySet:
        return self.filter(revoked_at=None, expires_at__gt=at)

    def issue(self, team: Team, *, by: User, role: str, expires_at: datetime) -> tuple[Invitation, str]:
        """Create an invitation; the second value is the only copy of its secret token."""
        token = secrets.token_urlsafe(24)
        row = self.create(
            team=team,
            role=role,
            token_hash=token_hash(token),
            expires_at=expires_at,
            created_by=by,
        )
        return row, token


class Invitation(models.Model):
    """A link that carries a role and an end date; whoever opens it joins the team."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="invitations")
    role = models.CharField(max_length=10, choices=Role)
    token_hash = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    created_by = models.ForeignKey(User, models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    accepted = models.PositiveIntegerField(default=0)

    TEAM_PATH = "team"
    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="invitation_role_known"
            ),
        )

    def __str__(self) -> str:
        return f"{self.role} of {self.team} until {self.expires_at:%Y-%m-%d}"
