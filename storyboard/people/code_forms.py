"""allauth's forms of signing in by a mailed code, in our words."""

from __future__ import annotations

from allauth.account.forms import ConfirmLoginCodeForm, RequestLoginCodeForm
from django import forms


class AskForCodeForm(RequestLoginCodeForm):  # type: ignore[misc]
    email = forms.EmailField(
        label="E-mail address", widget=forms.EmailInput(attrs={"autocomplete": "username"})
    )


class MailedCodeForm(ConfirmLoginCodeForm):  # type: ignore[misc]
    code = forms.CharField(
        label="Code",
        max_length=20,
        help_text="From the letter. It works for ten minutes, in this browser.",
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "characters", "class": "code"}
        ),
    )
