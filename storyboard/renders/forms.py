"""What a press of a render button brings along."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms

from storyboard.people.access import writable_teams_of
from storyboard.people.models import Team, User
from storyboard.people.names import NameField
from storyboard.renders.queue import NONCE_MAX
from storyboard.stories.models import Project


class NonceForm(forms.Form):
    """Made with the page: however often the form arrives, it is one render."""

    nonce = forms.RegexField(rf"^[\w-]{{8,{NONCE_MAX}}}$")


class TakeNameForm(forms.Form):
    """What people call a take; empty takes the name away."""

    name = NameField(
        max_length=80,
        required=False,
        error_messages={"max_length": "A name has at most 80 characters."},
    )


class ChoiceForm(forms.Form):
    """Which renders an owner chose of those that wait, with the cost that the page said of each."""

    why = forms.CharField(max_length=200, required=False)

    def __init__(self, waiting: Collection[int], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["renders"] = forms.TypedMultipleChoiceField(
            coerce=int,
            choices=[(pk, pk) for pk in waiting],
            error_messages={
                "required": "Choose at least one.",
                "invalid_choice": "Some of these wait no more. See what is left, and choose again.",
            },
        )

    def seen(self) -> dict[int, Decimal | None]:
        """Return the chosen ones with the cost that was seen beside each."""
        return {pk: _amount(self.data.get(f"cost-{pk}", "")) for pk in self.cleaned_data["renders"]}


class MoveForm(forms.Form):
    """Where a story goes: another team in which whoever moves it may write."""

    team = forms.ModelChoiceField(
        queryset=Team.objects.none(),
        label="Move it to",
        empty_label="Choose a team",
        error_messages={
            "required": "Choose a team.",
            "invalid_choice": "Choose another team, one in which you may write.",
        },
    )

    def __init__(self, project: Project, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mine = writable_teams_of(user).exclude(pk=project.team_id)
        self.teams = mine.select_related("api_key")
        self.fields["team"].queryset = self.teams  # type: ignore[attr-defined]


def _amount(text: str) -> Decimal | None:
    try:
        amount = Decimal(text[:20])
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None
