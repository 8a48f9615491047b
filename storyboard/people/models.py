"""Who works here: accounts, the teams that share projects, and their roles."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from typing import ClassVar

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.core.validators import MinValueValidator
from django.db import models, transaction
from django.db.models.functions import Lower
from django.utils import timezone

from storyboard.people.acts import Act as Act
from storyboard.people.acts import Activity as Activity
from storyboard.people.departures import Departure
from storyboard.people.guests import Gone as Gone
from storyboard.people.guests import Guest as Guest
from storyboard.people.keeper_log import KeeperAct as KeeperAct
from storyboard.people.keeper_log import KeeperActivity as KeeperActivity
from storyboard.people.keys import Account, own_account
from storyboard.people.keys import ApiKey as ApiKey
from storyboard.people.outbox import Letter as Letter
from storyboard.people.roles import Ability, Role, in_words

# RFC 5321 has no longer one.
EMAIL_MAX = 254


class UserManager(BaseUserManager["User"]):
    @classmethod
    def normalize_email(cls, email: str | None) -> str:
        """Return an address in small letters: allauth lowers what is typed, then looks for it."""
        return super().normalize_email(email).lower()

    def create_user(self, email: str, password: str | None = None, name: str = "") -> User:
        """Create an account with its personal team."""
        user = self.model(email=self.normalize_email(email), name=name)
        user.set_password(password)
        with transaction.atomic():
            user.save(using=self._db)
            Team.objects.create_personal(user)
        return user

    def let_somebody_keep(self) -> None:
        """Let the oldest account run the installation, where the one that did is gone."""
        oldest = self.filter(is_active=True).order_by("pk").first()
        if oldest and not self.filter(founder=True).exists():
            self.filter(pk=oldest.pk).update(founder=True)


class User(AbstractUser):
    """An account, known by its e-mail address."""

    username = None  # type: ignore[assignment]
    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    email = models.EmailField("e-mail address", max_length=EMAIL_MAX, unique=True)
    name = models.CharField(max_length=80, blank=True)
    # The account that found the installation empty, or the one that followed it as keeper. At
    # most one, so that of two first sign-ups at the same moment one is refused by the database.
    founder = models.BooleanField(default=False, editable=False)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]

    class Meta:
        constraints = (
            models.UniqueConstraint(Lower("email"), name="user_email_any_case"),
            models.UniqueConstraint(
                fields=("founder",), condition=models.Q(founder=True), name="user_one_founder"
            ),
        )

    def __str__(self) -> str:
        return self.name or self.email.partition("@")[0]

    @property
    def initial(self) -> str:
        return str(self)[:1].upper()

    def check_password(self, raw_password: str | None) -> bool:
        """Compare, and hash it anew by today's rules unless another was stored meanwhile."""

        def hash_anew(password: str) -> None:
            row = User.objects.filter(pk=self.pk, password=self.password)
            newer = make_password(password)
            if row.update(password=newer):
                self.password = newer

        return check_password(raw_password, self.password, hash_anew)


class LastOwner(Exception):
    """Refused: a team keeps at least one owner."""


class TeamQuerySet(models.QuerySet["Team"]):
    def create_personal(self, user: User) -> Team:
        """Create the team that every account owns from its first day."""
        return self.create_owned(f"{user}'s stories"[:80], by=user, personal=True)

    def create_owned(self, name: str, *, by: User, personal: bool = False) -> Team:
        """Create a team with its first owner."""
        with transaction.atomic():
            team = self.create(name=name, personal=personal)
            Membership.objects.create(team=team, user=by, role=Role.OWNER)
        return team

    def of(self, user: User) -> TeamQuerySet:
        return self.filter(memberships__user=user)


class Team(models.Model):
    """People who share projects, an API key and a spending limit."""

    name = models.CharField(max_length=80)
    personal = models.BooleanField(default=False)
    # USD a calendar month (UTC) that its renders may be estimated at; null is without limit.
    monthly_limit = models.DecimalField(
        max_digits=9,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    # The key that its renders are sent with; without one, the installation's account pays.
    api_key = models.OneToOneField(
        ApiKey, models.SET_NULL, null=True, blank=True, related_name="used_by"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    members: models.ManyToManyField[User, Membership] = models.ManyToManyField(
        User, through="Membership", related_name="teams"
    )

    TEAM_PATH = ""
    # What the person asking may do with it; set by `access.find`.
    abilities: frozenset[Ability] = frozenset()

    objects = TeamQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name

    @property
    def account(self) -> Account:
        """Where its renders are sent, and in whose name."""
        return Account(self.api_key.address, self.api_key) if self.api_key else own_account()

    def owners(self) -> models.QuerySet[Membership]:
        return self.memberships.filter(role=Role.OWNER)


class Membership(models.Model):
    """One person in one team, with a role; spending is a switch beside it."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role)
    may_spend = models.BooleanField(default=True)
    # Whether an owner gets letters about what others ask for.
    letters = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    TEAM_PATH = "team"
    abilities: frozenset[Ability] = frozenset()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("team", "user"), name="membership_once_a_person"),
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="membership_role_known"
            ),
        )

    def __str__(self) -> str:
        return f"{self.user} is {self.role} of {self.team}"

    def in_words(self) -> str:
        return in_words(self.role, self.may_spend)

    def change(self, *, role: str, may_spend: bool) -> None:
        """Give the member this role. Raises LastOwner and Gone, with nothing stored."""
        with transaction.atomic():
            self._keep_an_owner(stays=role == Role.OWNER)
            if not Membership.objects.filter(pk=self.pk).update(role=role, may_spend=may_spend):
                raise Gone
            if role != Role.OWNER:
                self.close_links()
        self.role, self.may_spend = role, may_spend

    def leave(self) -> None:
        """Take the member out of the team. Raises LastOwner and Gone, with nothing stored.

        Whoever was a guest of its stories before joining is not left behind in them, and no link
        of before brings them back.
        """
        with transaction.atomic():
            self._keep_an_owner(stays=False)
            self.close_links()
            Departure.objects.create(user_id=self.user_id, team_id=self.team_id)
            Guest.objects.filter(user=self.user_id, project__team=self.team_id).delete()
            if not self.delete()[0]:
                raise Gone

    def close_links(self) -> None:
        """End what an owner invited with, as they own the team no more: nobody sees it now."""
        mine = Invitation.objects.filter(team=self.team_id, created_by=self.user_id)
        mine.close(timezone.now())

    def is_last_owner(self) -> bool:
        """Answer whether nobody would own the team without this one; the team gets locked.

        So two owners cannot step down at the same moment. An account that was switched off looks
        after nothing.
        """
        Team.objects.select_for_update().only("pk").get(pk=self.team_id)
        owners = self.team.owners()
        others = owners.filter(user__is_active=True).exclude(pk=self.pk)
        return owners.filter(pk=self.pk).exists() and not others.exists()

    def _keep_an_owner(self, *, stays: bool) -> None:
        if self.is_last_owner() and not stays:
            raise LastOwner


# By what somebody is in: a team, or one story of it.
Seat = Membership | Guest


def token_hash(token: str) -> str:
    """Return what the database keeps of a secret address: its SHA-256, never itself."""
    return hashlib.sha256(token.encode()).hexdigest()


class InvitationClosed(Exception):
    """Refused: the invitation ended, was taken back, its giver owns the team no more, its story
    is in the bin, or whoever opens it went since it was made."""


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open_at(self, at: datetime) -> InvitationQuerySet:
        """Return those that let people in: not ended, used up or taken back, given by an owner,
        and to a story that the team has, if to one alone."""
        givers = Membership.objects.filter(
            team=models.OuterRef("team"),
            user=models.OuterRef("created_by"),
            user__is_active=True,
            role=Role.OWNER,
        )
        # Asked beside the row, for PostgreSQL locks none that is joined to what may be missing.
        gone = models.Q(project__deleted_at__isnull=False)
        # Given at the moment at which the story went to another team.
        gone |= ~models.Q(project__team=models.F("team"))
        away = Invitation.objects.filter(gone, pk=models.OuterRef("pk"), project__isnull=False)
        free = models.Q(places=None) | models.Q(places__gt=models.F("accepted"))
        there = models.Exists(givers) & ~models.Exists(away)
        return self.filter(free, there, revoked_at=None, expires_at__gt=at)

    def close(self, at: datetime) -> int:
        """Take back those that were not; return how many. Whoever joined stays."""
        return self.filter(revoked_at=None).update(revoked_at=at)

    def with_token(self, token: str) -> InvitationQuerySet:
        return self.filter(token_hash=token_hash(token))

    def issue(
        self,
        team: Team,
        *,
        by: User,
        role: str,
        expires_at: datetime,
        places: int | None = None,
        story: int | None = None,
    ) -> tuple[Invitation, str]:
        """Create an invitation; the second value is the only copy of its secret token.

        `places` is how many people it lets in; None is any number. `story` is the id of the one
        project that it lets them in to, as guests; None is the whole team.
        """
        token = secrets.token_urlsafe(24)
        row = self.create(
            team=team,
            project_id=story,
            role=role,
            token_hash=token_hash(token),
            expires_at=expires_at,
            places=places,
            created_by=by,
        )
        return row, token


class Invitation(models.Model):
    """A link that carries a role and an end date; whoever opens it joins the team, or one story."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="invitations")
    # The one story that it lets people in to, as guests; null is the team with all of them.
    project = models.ForeignKey(
        "stories.Project", models.CASCADE, null=True, blank=True, related_name="invitations"
    )
    role = models.CharField(max_length=10, choices=Role)
    token_hash = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    created_by = models.ForeignKey(User, models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    # How many people it lets in; null is any number.
    places = models.PositiveSmallIntegerField(null=True, blank=True)
    # How many people joined through it.
    accepted = models.PositiveIntegerField(default=0)

    TEAM_PATH = "team"
    abilities: frozenset[Ability] = frozenset()

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="invitation_role_known"
            ),
            models.CheckConstraint(
                condition=models.Q(project=None) | ~models.Q(role=Role.OWNER),
                name="invitation_no_guest_owns",
            ),
        )

    def __str__(self) -> str:
        return f"{self.role} of {self.place} until {self.expires_at:%Y-%m-%d}"

    @property
    def place(self) -> str:
        """What it lets people in to, as one says it."""
        return str(self.team) if self.project is None else f"“{self.project}”"

    def in_words(self) -> str:
        alone = f"guest of {self.place}, " if self.project_id else ""
        places = f"for {self.places}, " if self.places else ""
        return f"{Role(self.role).label.lower()}, {alone}{places}until {self.expires_at:%d %b %Y}"

    def seat_of(self, user: User) -> Seat | None:
        """Return by what a person is in already where it leads; None when they are not."""
        member = Membership.objects.filter(team_id=self.team_id, user=user).first()
        if member is not None or self.project_id is None:
            return member
        return Guest.objects.filter(project_id=self.project_id, user=user).first()

    def is_open_to(self, user: User | None, at: datetime) -> bool:
        """Answer whether it lets this person in; None is somebody who did not sign in yet."""
        rows = Invitation.objects.filter(pk=self.pk)
        return rows.open_at(at).exists() and not (user and self._went_since(user))

    def _went_since(self, user: User) -> bool:
        """Answer whether they left, or were taken out, after it was made: it is a link of before.

        Whoever went from the team is let in to none of its stories, and who went from a story not
        to the team that has it.
        """
        gone = models.Q(team=self.team_id)
        if self.project_id is not None:
            gone &= models.Q(project=None)
            gone |= models.Q(project=self.project_id)
        return Departure.objects.filter(gone, user=user, at__gte=self.created_at).exists()

    def accept(self, user: User, at: datetime) -> tuple[Seat, bool]:
        """Let `user` in; the second value is False when they were in already.

        Whoever is in keeps the role they have, and takes nobody's place. Raises InvitationClosed.
        """
        seat: Seat
        with transaction.atomic():
            # Locked, so that taking it back and joining happen one after the other.
            locked = Invitation.objects.select_for_update().filter(pk=self.pk)
            there = self.seat_of(user)
            if there is not None and locked.filter(revoked_at=None, expires_at__gt=at).exists():
                return there, False
            if not locked.exists() or not self.is_open_to(user, at):
                raise InvitationClosed
            as_role = {"role": self.role}
            if self.project_id is None:
                seat, joined = Membership.objects.get_or_create(
                    team_id=self.team_id, user=user, defaults=as_role
                )
            else:
                seat, joined = Guest.objects.get_or_create(
                    project_id=self.project_id, user=user, defaults=as_role
                )
            if joined:
                locked.update(accepted=models.F("accepted") + 1)
        return seat, joined

    def revoke(self, at: datetime) -> bool:
        """Take the invitation back; whoever joined stays. False when it was back already."""
        return bool(Invitation.objects.filter(pk=self.pk).close(at))
