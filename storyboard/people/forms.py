"""The forms of accounts, teams and invitations."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from allauth.core import context, ratelimit
from django import forms
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import HttpRequest

from storyboard.people.keys import ADDRESS_MAX, KEY_MAX, is_trusted
from storyboard.people.models import EMAIL_MAX, Guest, Membership, Team, User
from storyboard.people.names import NameField
from storyboard.people.roles import GUEST_CHOICES, Role
from storyboard.people.sign_ins import note

HOSTED = "https://api.novita.ai"
INVITATION_DAYS = 14
INVITATION_DAYS_MAX = 90
INVITATION_PLACES_MAX = 500


class NameForm(forms.Form):
    """What allauth's sign-up form asks beside address and password."""

    name = NameField(
        max_length=80,
        label="Your name",
        help_text="Your team sees it beside what you write.",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    field_order = ("name", "email", "password1")

    def signup(self, request: HttpRequest, user: User) -> None:
        """Do nothing: the adapter stores the name with the account, in one transaction."""


class AccountNameForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ("name",)
        field_classes = {"name": NameField}  # noqa: RUF012
        labels = {"name": "Your name"}  # noqa: RUF012
        help_texts = {"name": "Your teams see it beside what you write."}  # noqa: RUF012

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].required = True
        self.fields["name"].widget.attrs["autocomplete"] = "name"


class PasswordAgainForm(forms.Form):
    """What cannot be taken back asks for the password once more."""

    not_right = "This is not your password. Nothing was changed."
    too_often = "That was tried too often. Wait a few minutes, then try again."

    password = forms.CharField(
        label="Your password",
        strip=False,
        max_length=4096,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.closed = False

    def judge(self, request: HttpRequest) -> int:
        """Return 200 where all is right, 422 where it is not, and 429 without comparing anything.

        Whoever sits at somebody's open browser may not guess the password here.
        """
        self.closed = not ratelimit.consume(request, action="reauthenticate", user=self.user)
        right = self.is_valid()
        return 429 if self.closed else 200 if right else 422

    def clean_password(self) -> str:
        if self.closed:
            raise forms.ValidationError(self.too_often)
        password: str = self.cleaned_data["password"]
        if not self.user.check_password(password):
            note("refused by password", self.user.pk, context.request, bad=True)
            raise forms.ValidationError(self.not_right)
        return password


class LeavingForm(PasswordAgainForm):
    not_right = "This is not your password. Nothing was deleted."


class AddressForm(PasswordAgainForm):
    email = forms.EmailField(
        label="New e-mail address",
        max_length=EMAIL_MAX,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        help_text="A letter goes there; nothing changes before you have opened its link.",
    )
    field_order = ("email", "password")

    def clean_email(self) -> str:
        address = User.objects.normalize_email(self.cleaned_data["email"])
        if address.casefold() == self.user.email.casefold():
            raise forms.ValidationError("You sign in with this address already.")
        return address


class TeamForm(forms.ModelForm):
    class Meta:
        model = Team
        fields = ("name",)
        field_classes = {"name": NameField}  # noqa: RUF012


class MemberField(forms.ModelChoiceField):
    def label_from_instance(self, member: Membership) -> str:
        return f"{member.user}, {member.get_role_display().lower()}"


class HandOverForm(PasswordAgainForm):
    membership = MemberField(
        queryset=Membership.objects.none(),
        label="Who becomes the owner",
        empty_label="Choose somebody",
        error_messages={
            "required": "Choose who becomes the owner.",
            "invalid_choice": "Choose somebody who is in the team.",
        },
    )
    field_order = ("membership", "password")

    def __init__(self, team: Team, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(user, *args, **kwargs, auto_id="hand-over-%s")
        others = (
            team.memberships.filter(user__is_active=True)
            .exclude(user=user)
            .select_related("user")
            .order_by("pk")
        )
        self.fields["membership"].queryset = others  # type: ignore[attr-defined]


class LimitForm(forms.ModelForm):
    class Meta:
        model = Team
        fields = ("monthly_limit",)
        labels = {"monthly_limit": "Limit a month, in USD"}  # noqa: RUF012
        help_texts = {"monthly_limit": "Empty is without limit; 0 allows what is free."}  # noqa: RUF012


class ApiKeyForm(forms.Form):
    """A key and where it belongs. What was typed as the key is never shown again."""

    address = forms.CharField(
        max_length=ADDRESS_MAX,
        initial=HOSTED,
        label="Address of the service",
        help_text="Over https. It speaks the Novita API.",
        widget=forms.URLInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    key = forms.CharField(
        max_length=KEY_MAX,
        label="API key",
        help_text="Tested before it is used, at no cost. Stored sealed, shown as its last four.",
        # htmx leaves what was typed where it is, for the server never says it again.
        widget=forms.PasswordInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "hx-preserve": "true"}
        ),
    )

    def clean_address(self) -> str:
        address: str = self.cleaned_data["address"].strip().rstrip("/")
        if is_trusted(address):
            return address
        try:
            parts = urlsplit(address)
            sound = parts.scheme == "https" and parts.hostname and parts.port in (None, 443)
        except ValueError:
            sound = False
        plain = address.isascii() and address.isprintable() and " " not in address
        if not sound or not plain or parts.query or parts.fragment or "@" in parts.netloc:
            raise forms.ValidationError("Write an address such as https://api.novita.ai.")
        return address

    def clean_key(self) -> str:
        key: str = self.cleaned_data["key"]
        # It travels in a header; the service documents no form of it.
        if not key.isascii() or not key.isprintable() or " " in key:
            raise forms.ValidationError("A key has no spaces, line ends or accents in it.")
        return key


class MembershipForm(forms.ModelForm):
    class Meta:
        model = Membership
        fields = ("role", "may_spend")


class GuestForm(forms.ModelForm):
    class Meta:
        model = Guest
        fields = ("role", "may_spend")


class InvitationForm(forms.Form):
    role = forms.ChoiceField(choices=Role, initial=Role.EDITOR, label="Joins as")
    days = forms.IntegerField(
        initial=INVITATION_DAYS,
        label="Days the link works",
        validators=[MinValueValidator(1), MaxValueValidator(INVITATION_DAYS_MAX)],
        widget=forms.NumberInput(attrs={"min": 1, "max": INVITATION_DAYS_MAX}),
        help_text=f"1 to {INVITATION_DAYS_MAX}.",
    )
    places = forms.IntegerField(
        required=False,
        label="People it lets in",
        validators=[MinValueValidator(1), MaxValueValidator(INVITATION_PLACES_MAX)],
        widget=forms.NumberInput(attrs={"min": 1, "max": INVITATION_PLACES_MAX}),
        help_text="Empty is any number.",
    )
    email = forms.EmailField(
        required=False,
        label="Send it by mail to",
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        help_text="Whoever gets it lets in one person with it, unless you say otherwise.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not settings.SENDS_MAIL:
            del self.fields["email"]

    @property
    def seats(self) -> int | None:
        """How many people it lets in; one where it is sent by mail and nothing else is said."""
        asked: int | None = self.cleaned_data["places"]
        return asked or (1 if self.cleaned_data.get("email") else None)

    def expires_at(self, at: datetime) -> datetime:
        return at + timedelta(days=self.cleaned_data["days"])


class GuestInvitationForm(InvitationForm):
    """Of one story: nobody owns that alone, and who only looks is let in unless more is said."""

    role = forms.ChoiceField(choices=GUEST_CHOICES, initial=Role.VIEWER, label="Joins as")
