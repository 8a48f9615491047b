"""Scripts of every kind become rows, and nothing strange breaks the reader."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storyboard.novita import limits
from storyboard.stories.scripts import kinds
from storyboard.stories.scripts.passages import Unreadable, lay_out

FOUNTAIN = """Title: Embers

INT. ATTIC - NIGHT

A girl counts *matches*. [[blue light]]

ANNA
(softly)
One more.

CUT TO:

EXT. FIELD - DAWN

Snow falls. A fox waits.
"""
FDX = """<?xml version="1.0" encoding="UTF-8"?>
<FinalDraft DocumentType="Script" Version="1"><Content>
<Paragraph Type="Scene Heading"><Text>INT. ATTIC - NIGHT</Text></Paragraph>
<Paragraph Type="Action"><Text>A girl counts </Text><Text Style="Bold">matches</Text></Paragraph>
<Paragraph Type="Character"><Text>ANNA</Text></Paragraph>
<Paragraph Type="Dialogue"><Text>One more.</Text></Paragraph>
<Paragraph Type="Transition"><Text>CUT TO:</Text></Paragraph>
</Content></FinalDraft>"""
REQUEST = {
    "model_name": "noir.safetensors",
    "width": 640,
    "steps": 30,
    "prompts": [{"frames": 32, "prompt": "A fox"}, {"frames": 999, "prompt": "A gate"}, {}],
    "loras": [{"model_name": "fog_animatic", "strength": 0.4}],
}


def rows(text: str, way: str = "paragraph", name: str = ""):
    return lay_out(kinds.read(text, kinds.kind_of(text, name)), way)


def test_fountain_keeps_speech_and_notes_as_captions_and_begins_clips_at_headings():
    found = rows(FOUNTAIN)
    assert [row.prompt for row in found] == [
        "INT. ATTIC - NIGHT. A girl counts matches.",
        "EXT. FIELD - DAWN. Snow falls. A fox waits.",
    ]
    assert found[0].caption == "ANNA: One more. blue light"
    assert [row.cut for row in found] == [False, True]
    script = kinds.read(FOUNTAIN, "fountain")
    assert script.title == "Embers"
    assert script.skipped == ["Transition: CUT TO:"]


def test_sentences_and_headings_are_other_ways_to_cut_it_up():
    assert [row.prompt for row in rows(FOUNTAIN, "sentence")][1:] == [
        "EXT. FIELD - DAWN. Snow falls.",
        "A fox waits.",
    ]
    assert len(rows(FOUNTAIN, "heading")) == 2


def test_final_draft_is_read():
    found = rows(FDX)
    assert [(row.prompt, row.caption) for row in found] == [
        ("INT. ATTIC - NIGHT. A girl counts matches", "ANNA: One more.")
    ]


def test_markdown_loses_its_signs():
    text = "# Embers\n\n## The *attic*\n\nA **girl** counts [matches](x).\n\n---\n\n- Snow falls\n"
    assert [row.prompt for row in rows(text, name="a.md")] == [
        "The attic. A girl counts matches.",
        "Snow falls",
    ]


def test_a_table_gives_frames_and_captions_and_names_what_it_skips():
    text = "prompt;frames;caption\nA fox;32;Hello\n;12;\n'=A gate;4;\n"
    found = rows(text, name="a.csv")
    assert [(row.prompt, row.frames, row.caption) for row in found] == [
        ("A fox", 32, "Hello"),
        ("=A gate", 8, ""),
    ]
    assert kinds.read(text, "csv").skipped == ["Line 3: no prompt"]


@pytest.mark.parametrize("wrap", ["%s", "curl -X POST https://x -d '%s'"])
def test_a_request_of_the_service_is_read_from_json_and_curl(wrap):
    text = wrap % json.dumps(REQUEST)
    script = kinds.read(text, kinds.kind_of(text))
    assert [(row.prompt, row.frames) for row in script.rows] == [("A fox", 32), ("A gate", 64)]
    assert script.skipped == ["Prompt 3: no words, or too many"]
    assert script.look["checkpoint"] == "noir.safetensors"
    assert script.look["loras"] == [("fog_animatic", 0.4)]


def test_a_quote_in_a_curl_command_is_read_as_the_shell_reads_it():
    text = """curl https://x --data-raw '{"prompts": [{"prompt": "It'\\''s", "frames": 16}]}'"""
    assert [row.prompt for row in kinds.read(text, kinds.kind_of(text)).rows] == ["It's"]


def test_a_long_paragraph_goes_on_in_another_row():
    found = rows("word " * 500)
    assert len(found) == 3
    assert all(len(row.prompt) <= limits.PROMPT_MAX for row in found)
    assert " ".join(row.prompt for row in found).split() == ["word"] * 500


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", "text"),
        ("<a>", "fdx"),
        ('<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', "fdx"),
        ("{", "json"),
        ("[" * 100_000, "json"),
        ("{" * 100_000, "json"),
        ('{"prompts": 3}', "json"),
        ("", "csv"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(text, kind):
    with pytest.raises(Unreadable, match=r"\.$"):
        kinds.read(text, kind)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("Snö".encode(), "Snö"),
        ("\ufeffSnö".encode(), "Snö"),
        ("Snö".encode("utf-16"), "Snö"),
        ("Snö".encode("cp1252"), "Snö"),
    ],
)
def test_files_of_several_encodings_are_read(content, text):
    assert kinds.decoded(content) == text


@pytest.mark.parametrize("content", [b"\x89PNG\0\0\x81", b"x" * (kinds.BYTES_MAX + 1)])
def test_a_file_that_is_no_text_or_too_large_is_refused(content):
    with pytest.raises(Unreadable):
        kinds.decoded(content)


@given(st.text(max_size=400), st.sampled_from(sorted(kinds.READERS)))
def test_any_text_is_read_or_refused(text, kind):
    try:
        found = lay_out(kinds.read(text, kind), "sentence")
    except Unreadable:
        return
    assert all(0 < len(row.prompt) <= limits.PROMPT_MAX for row in found)
    assert all(len(row.caption) <= 200 for row in found)
