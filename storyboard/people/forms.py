"""The forms of accounts, teams and invitations."""

from __future__ import annotations

from django import forms


class NameForm(forms.Form):
    name = forms.CharField(max_length=80, label="Your name")
