"""What a writer chooses of a film."""

from __future__ import annotations

from django import forms

from storyboard.exports.models import Kind


class FilmForm(forms.Form):
    """How the film is made; what is in it is the story's cut."""

    kind = forms.ChoiceField(choices=Kind.choices, initial=Kind.MP4, label="File")
    burnt = forms.BooleanField(required=False, label="Captions in the picture")
    title_card = forms.BooleanField(required=False, label="Begin with a title card")
