"""The forms of a look; their bounds are the API's own limits."""

from __future__ import annotations

from typing import Any

from django import forms

from storyboard.looks.choosing import SETTINGS
from storyboard.novita import limits
from storyboard.stories.models import Project

# The code of an error that names what somebody else stored.
CLASH = "clash"


def whole(low: int, high: int, help_text: str, **options: Any) -> forms.IntegerField:
    field = forms.IntegerField(
        min_value=low,
        max_value=high,
        help_text=help_text,
        error_messages=_words("a whole number", low, high),
        **options,
    )
    field.widget.attrs["inputmode"] = "numeric"
    return field


def _words(number: str, low: float, high: float) -> dict[str, str]:
    if high > 10**9:
        words = f"Write {number}, {low:g} or more."
    else:
        words = f"Write {number}, {low:g} to {high:g}."
    return dict.fromkeys(("required", "invalid", "min_value", "max_value"), words)


class LinesField(forms.CharField):
    """Words on several lines, whose ends are stored as one sign each, as scripts send them."""

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).replace("\r\n", "\n").replace("\r", "\n")


class LookForm(forms.ModelForm):
    """The settings of a look, with what the page had of each, in a hidden field beside it."""

    width = whole(limits.SIDE_MIN, limits.SIDE_MAX, "In pixels, 256 to 1024; 512 is usual.")
    height = whole(limits.SIDE_MIN, limits.SIDE_MAX, "In pixels, 256 to 1024; 512 is usual.")
    steps = whole(
        limits.STEPS_MIN, limits.STEPS_MAX, "1 to 50. More draws finer, longer, and costs more."
    )
    guidance_scale = forms.FloatField(
        label="Guidance",
        min_value=limits.GUIDANCE_MIN,
        max_value=limits.GUIDANCE_MAX,
        help_text="1 to 30. How closely the picture keeps to the words; 7.5 is usual.",
        error_messages=_words("a number", limits.GUIDANCE_MIN, limits.GUIDANCE_MAX),
        widget=forms.NumberInput(attrs={"step": "0.5", "inputmode": "decimal"}),
    )
    seed = whole(
        limits.SEED_RANDOM,
        limits.SEED_MAX,
        "The same seed repeats a film; −1 takes a new one each time.",
    )
    clip_skip = whole(
        limits.CLIP_SKIP_MIN,
        limits.CLIP_SKIP_MAX,
        "1 to 12, or empty. 1 or 2 is usual.",
        required=False,
        label="Clip skip",
    )
    negative_prompt = LinesField(
        label="Negative prompt",
        max_length=limits.PROMPT_MAX,
        required=False,
        help_text=f"What should not be seen; at most {limits.PROMPT_MAX} characters.",
        error_messages={
            "max_length": f"A negative prompt has at most {limits.PROMPT_MAX} characters: "
            "this one has %(show_value)s."
        },
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )

    class Meta:
        model = Project
        fields = SETTINGS
        labels = {  # noqa: RUF012
            "closed_loop": "Closed loop",
            "video_type": "Video type",
            "dedicated_endpoint": "Dedicated endpoint",
        }
        help_texts = {  # noqa: RUF012
            "closed_loop": "The last frame flows back into the first.",
            "video_type": "What the service makes. A GIF gets an MP4 beside it, to be played.",
            "dedicated_endpoint": "For subscribers of the service's enterprise plan only.",
        }

    field_order = SETTINGS

    def before(self) -> dict[str, Any]:
        """Return what the page had of each field; what it does not say is what is stored."""
        return {name: self._before(name) for name in self.fields}

    def _before(self, name: str) -> Any:
        typed = self.data.get(f"was-{name}")
        if typed is not None:
            try:
                return self.fields[name].to_python(typed)
            except forms.ValidationError:
                pass
        return self.initial[name]

    def still_seen(self, project: Project) -> dict[str, Any]:
        """Return what the page has of the settings where `project` holds something else.

        What somebody else stored is not seen by being in an answer: a field in use keeps its
        own value. Once the page shows it, or a clash named it, a save may replace it.
        """
        before = self.before()
        return {
            name: before[name]
            for name in self.fields
            if not self.has_error(name, CLASH)
            and (name not in self.cleaned_data or self.cleaned_data[name] != getattr(project, name))
        }

    def touched(self) -> dict[str, Any]:
        """Return the valid fields that hold something else than the page did."""
        before = self.before()
        return {name: value for name, value in self.cleaned_data.items() if value != before[name]}


class StrengthForm(forms.Form):
    strength = forms.FloatField(
        min_value=limits.STRENGTH_MIN,
        max_value=limits.STRENGTH_MAX,
        error_messages=_words("a number", limits.STRENGTH_MIN, limits.STRENGTH_MAX),
    )
