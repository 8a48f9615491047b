"""The forms of creating an account, in our words: in one step, or by a letter."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import SignupForm
from django import forms

from storyboard.people.models import EMAIL_MAX, User


class NewcomerForm(forms.Form):
    """The first step where mail is sent."""

    email = forms.EmailField(
        label="E-mail address",
        max_length=EMAIL_MAX,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        help_text="A letter goes there; its link leads to the rest.",
    )

    def clean_email(self) -> str:
        return User.objects.normalize_email(self.cleaned_data["email"])


class AddressKnownForm(SignupForm):  # type: ignore[misc]
    """The second step: the address is that of the letter, whatever is sent along."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        address = self.fields["email"]
        address.disabled = True
        address.label = "E-mail address"
        address.help_text = "That of the letter; you sign in with it."
