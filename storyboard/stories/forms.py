"""The forms of projects and scenes; their bounds are the API's own limits."""

from __future__ import annotations

from typing import Any

from django import forms

from storyboard.novita import limits
from storyboard.stories.models import Project, Revision


class TitleForm(forms.ModelForm):
    class Meta:
        model = Project
        fields = ("title",)
        error_messages = {"title": {"required": "A story needs a title."}}  # noqa: RUF012


class FramesForm(forms.Form):
    """Frames as typed, or a step up or down from them (the buttons, without script)."""

    frames = forms.IntegerField(
        min_value=limits.FRAMES_MIN,
        max_value=limits.FRAMES_MAX,
        error_messages={
            "required": f"Write a number, {limits.FRAMES_MIN} to {limits.FRAMES_MAX}.",
            "invalid": f"Write a whole number, {limits.FRAMES_MIN} to {limits.FRAMES_MAX}.",
            "min_value": f"A scene needs at least {limits.FRAMES_MIN} frames.",
            "max_value": f"A scene has at most {limits.FRAMES_MAX} frames.",
        },
    )
    step = forms.IntegerField(
        min_value=-limits.FRAMES_MAX, max_value=limits.FRAMES_MAX, required=False
    )

    def clean(self) -> dict[str, Any]:
        frames, step = self.cleaned_data.get("frames"), self.cleaned_data.get("step")
        if frames and step:
            stepped = max(limits.FRAMES_MIN, min(limits.FRAMES_MAX, frames + step))
            self.cleaned_data["frames"] = stepped
        return self.cleaned_data


class WordsForm(forms.Form):
    """A scene's words, with the version of them that the page had."""

    prompt = forms.CharField(
        max_length=limits.PROMPT_MAX,
        required=False,
        error_messages={
            "max_length": f"A prompt has at most {limits.PROMPT_MAX} characters: "
            "this one has %(show_value)s."
        },
    )
    caption = forms.CharField(
        max_length=200,
        required=False,
        error_messages={"max_length": "A caption has at most 200 characters."},
    )
    version = forms.IntegerField(min_value=1)
    # How a clash was settled: whose words, against which version of theirs.
    take = forms.ChoiceField(
        choices=[("mine", "Mine"), ("theirs", "Theirs"), ("both", "Both")], required=False
    )
    settles = forms.IntegerField(min_value=1, required=False)


class PositionForm(forms.Form):
    position = forms.IntegerField(min_value=0, max_value=10_000)


class RevisionNameForm(forms.ModelForm):
    class Meta:
        model = Revision
        fields = ("name",)
        error_messages = {  # noqa: RUF012
            "name": {"max_length": "A name has at most 80 characters."}
        }
