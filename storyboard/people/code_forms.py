"""allauth's forms of signing in by a mailed code, in our words."""

from __future__ import annotations

from allauth.account.forms import ConfirmLoginCodeForm, RequestLoginCodeForm
from allauth.core import context
from django import forms

from storyboard.people import pace


class AskForCodeForm(RequestLoginCodeForm):  # type: ignore[misc]
    email = forms.EmailField(
        label="E-mail address", widget=forms.EmailInput(attrs={"autocomplete": "username"})
    )

    def clean_email(self) -> str:
        """Count where it is asked first: a stranger there uses up nothing of the mailbox's."""
        asked = pace.from_here(context.request, self.cleaned_data["email"])
        pace.guess(context.request, "letter", asked)
        email: str = super().clean_email()
        return email


class MailedCodeForm(ConfirmLoginCodeForm):  # type: ignore[misc]
    code = forms.CharField(
        label="Code",
        max_length=20,
        help_text="From the letter. It works for ten minutes, in this browser.",
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "characters", "class": "code"}
        ),
    )
