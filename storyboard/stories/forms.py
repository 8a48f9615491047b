"""The forms of projects and scenes; their bounds are the API's own limits."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from django import forms
from django.http import QueryDict

from storyboard.novita import limits
from storyboard.people.names import LineField, NameField
from storyboard.stories.models import Project, Revision
from storyboard.stories.rows import SHARES
from storyboard.stories.scripts import kinds
from storyboard.stories.scripts.passages import Row

# Scenes that one act may take; characters that one paste may bring.
SELECTED_MAX = 1000
PASTED_MAX = 200_000


class TitleForm(forms.ModelForm):
    class Meta:
        model = Project
        fields = ("title",)
        field_classes = {"title": NameField}  # noqa: RUF012
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
    caption = LineField(
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
        field_classes = {"name": NameField}  # noqa: RUF012
        error_messages = {  # noqa: RUF012
            "name": {"max_length": "A name has at most 80 characters."}
        }


class SwitchForm(forms.Form):
    """Something turned on or off, said in full so that pressing twice changes nothing more."""

    on = forms.TypedChoiceField(choices=[("1", "On"), ("0", "Off")], coerce=lambda on: on == "1")


class SplitForm(forms.Form):
    # Characters before the cursor; without it the middle is found.
    at = forms.IntegerField(min_value=0, max_value=limits.PROMPT_MAX, required=False)


class ShareForm(forms.Form):
    clip = forms.IntegerField(min_value=1, max_value=10_000)
    by = forms.ChoiceField(choices=[(name, name) for name in SHARES])


class SelectionForm(forms.Form):
    """The scenes that are ticked, as a set of ids."""

    scene = forms.TypedMultipleChoiceField(coerce=int)

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        ticked = [pk for pk in data.getlist("scene") if pk.isdecimal() and len(pk) < 18]
        self.fields["scene"].choices = [(pk, pk) for pk in ticked[:SELECTED_MAX]]  # type: ignore[attr-defined]

    def clean_scene(self) -> set[int]:
        return set(self.cleaned_data["scene"])


class PastedForm(forms.Form):
    """Lines of text, a scene each; empty ones are passed over."""

    lines = forms.CharField(
        max_length=PASTED_MAX,
        error_messages={
            "required": "Write or paste some lines first: each becomes a scene.",
            "max_length": "That is too much at once: paste at most 200,000 characters.",
        },
    )

    def clean_lines(self) -> list[str]:
        found = [line.strip() for line in self.cleaned_data["lines"].splitlines()]
        return [line for line in found if line]


class LinesForm(PastedForm):
    def clean_lines(self) -> list[str]:
        lines = super().clean_lines()
        long = [at for at, line in enumerate(lines, 1) if len(line) > limits.PROMPT_MAX]
        if long:
            raise forms.ValidationError(
                f"Line {long[0]} has {len(lines[long[0] - 1])} characters; "
                f"a prompt holds {limits.PROMPT_MAX}. Nothing was added."
            )
        if len(lines) > SELECTED_MAX:
            raise forms.ValidationError(
                f"{len(lines)} lines are too many at once; paste at most {SELECTED_MAX}."
            )
        return lines


class ScriptForm(forms.Form):
    """A script, pasted or as a file, and how it becomes rows."""

    text = forms.CharField(
        required=False,
        strip=False,
        max_length=kinds.BYTES_MAX,
        error_messages={"max_length": "That is more than 2 MB of text."},
    )
    file = forms.FileField(required=False)
    way = forms.ChoiceField(
        choices=[
            ("paragraph", "Every paragraph"),
            ("sentence", "Every sentence"),
            ("heading", "Every heading"),
        ],
        initial="paragraph",
    )

    def clean_file(self) -> Any:
        """Take what its name calls a script, and its size lets us read."""
        file = self.cleaned_data["file"]
        if file and PurePath(file.name).suffix.lower() not in kinds.ENDINGS:
            endings = ", ".join(sorted(kinds.ENDINGS))
            raise forms.ValidationError(f"Choose a file whose name ends in one of: {endings}.")
        if file and file.size > kinds.BYTES_MAX:
            raise forms.ValidationError("The file is larger than 2 MB.")
        return file

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if not self.errors and not data["file"] and not data["text"].strip():
            raise forms.ValidationError("Paste a script, or choose a file.")
        return self.cleaned_data

    def script(self) -> tuple[str, str]:
        """Return the text and the file's name; raise Unreadable for a file that holds no text."""
        file = self.cleaned_data["file"]
        if file is None:
            return self.cleaned_data["text"].replace("\r\n", "\n"), ""
        return kinds.decoded(file.read(kinds.BYTES_MAX + 1)), file.name


class ImportedRowForm(forms.Form):
    """One row of a script, as the preview carries it, perhaps rewritten there."""

    prompt = forms.CharField(max_length=limits.PROMPT_MAX)
    caption = LineField(max_length=200, required=False)
    frames = forms.IntegerField(min_value=0, max_value=limits.FRAMES_MAX, required=False)
    cut = forms.BooleanField(required=False)
    scene = forms.IntegerField(min_value=1, required=False)

    def row(self) -> tuple[Row, int | None]:
        data = self.cleaned_data
        frames = data["frames"] or 0
        frames = max(limits.FRAMES_MIN, frames) if frames else 0
        return Row(data["prompt"], data["caption"], frames, data["cut"]), data["scene"]
