"""What a press of a render button brings along."""

from __future__ import annotations

from django import forms

from storyboard.renders.queue import NONCE_MAX


class NonceForm(forms.Form):
    """Made with the page: however often the form arrives, it is one render."""

    nonce = forms.RegexField(rf"^[\w-]{{8,{NONCE_MAX}}}$")


class TakeNameForm(forms.Form):
    """What people call a take; empty takes the name away."""

    name = forms.CharField(
        max_length=80,
        required=False,
        error_messages={"max_length": "A name has at most 80 characters."},
    )
