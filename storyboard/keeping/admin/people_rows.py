"""Accounts, teams and who is in them, as rows; secrets have no column here."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils import timezone

from storyboard.keeping.admin.rows import Rows
from storyboard.people import second_step
from storyboard.people.activity import record, record_keeping
from storyboard.people.models import Act, Activity, KeeperAct, Membership, Team, User
from storyboard.people.roles import Role
from storyboard.renders import over_limit

# Acts whose words never name a story. Roles and invitations do, where they are a guest's.
ABOUT_PEOPLE = (
    Act.STARTED,
    Act.RENAMED,
    Act.LIMITED,
    Act.REMOVED,
    Act.LEFT,
    Act.JOINED,
    Act.HANDED_OVER,
)
LAST_OWNER = "A team keeps one owner. Make someone else an owner first."


class UserRows(Rows):
    list_display = ("email", "name", "is_active", "date_joined", "last_login")
    list_filter = ("is_active",)
    search_fields = ("email", "name")
    ordering = ("-pk",)
    fields = (
        "email",
        "name",
        "is_active",
        "founder",
        "has_second_step",
        "date_joined",
        "last_login",
    )
    mended = ("name",)

    @admin.display(description="second step", boolean=True)
    def has_second_step(self, user: User) -> bool:
        return second_step.is_on(user)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        obj.save(update_fields=form.changed_data)
        if form.changed_data:
            record_keeping(request, KeeperAct.CORRECTED, "name", whom=obj)


class TeamRows(Rows):
    list_display = ("name", "personal", "monthly_limit", "created_at")
    list_filter = ("personal",)
    search_fields = ("name",)
    ordering = ("-pk",)
    fields = ("name", "personal", "monthly_limit", "created_at")
    mended = ("name", "monthly_limit")

    def save_model(self, request: HttpRequest, obj: Team, form: Any, change: bool) -> None:
        """Tell the team's owners as well: they see each change with its author."""
        obj.save(update_fields=form.changed_data)
        for name in form.changed_data:
            before, after = form.initial[name], getattr(obj, name)
            act = Act.RENAMED if name == "name" else Act.LIMITED
            record(request, obj, act, f"{_words(before)} → {_words(after)}")
            if act == Act.LIMITED:
                over_limit.ask_again(obj, timezone.now())
            record_keeping(request, KeeperAct.CORRECTED, f"{name} of team {obj.pk}")


class MembershipForm(forms.ModelForm):
    def clean(self) -> dict[str, Any]:
        """Keep an owner; the team is locked until the change is made, as everywhere."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.instance.is_last_owner() and cleaned.get("role") != Role.OWNER:
            raise forms.ValidationError(LAST_OWNER)
        return cleaned


class MembershipRows(Rows):
    """A team whose owners are gone gets another here; nobody gives a role to themself."""

    form = MembershipForm
    list_display = ("pk", "team", "user", "role", "may_spend", "created_at")
    list_filter = ("role", "may_spend")
    list_select_related = ("team", "user")
    search_fields = ("team__name", "user__email", "user__name")
    ordering = ("-pk",)
    fields = ("team", "user", "role", "may_spend", "created_at")
    mended = ("role", "may_spend")

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        own = isinstance(obj, Membership) and obj.user_id == request.user.pk
        return not own and super().has_change_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:
        before = Membership.objects.get(pk=obj.pk)
        obj.change(role=obj.role, may_spend=obj.may_spend)
        if form.changed_data:
            about = f"{obj.user}: {before.in_words()} → {obj.in_words()}"
            record(request, obj.team, Act.ROLE, about)
            record_keeping(
                request, KeeperAct.CORRECTED, f"role in team {obj.team_id}", whom=obj.user
            )


class ActivityRows(Rows):
    list_display = ("at", "team", "person_name", "act", "address")
    list_filter = ("act",)
    list_select_related = ("team",)
    search_fields = ("team__name", "person_name")
    ordering = ("-pk",)
    fields = ("at", "team", "person_name", "act", "about_people", "address")

    @admin.display(description="about")
    def about_people(self, row: Activity) -> str:
        return row.about if row.act in ABOUT_PEOPLE else "for the team's owners to read"


def _words(value: object) -> str:
    return "none" if value is None else str(value)
