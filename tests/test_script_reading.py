"""Scripts of every kind become rows, and nothing strange breaks the reader."""

from __future__ import annotations

import json
import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storyboard.novita import limits
from storyboard.stories.scripts import kinds
from storyboard.stories.scripts.passages import LINES_MAX, Unreadable, lay_out
from storyboard.stories.scripts.tabled import words_of

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


@pytest.mark.parametrize(
    ("marked", "words"),
    [
        ("**A *very* dark** attic", "A very dark attic"),
        ("***One*** match, `two`", "One match, two"),
        ("2 * 3 matches, *lit", "2 * 3 matches, *lit"),
        ("a_ _b __c__", "a_ _b c"),
        ("![A gate](x.png), [a [b](y)", "A gate, [a b"),
    ],
)
def test_pairs_of_signs_go_and_what_stays_open_stays(marked, words):
    assert [row.prompt for row in rows(marked, name="a.md")] == [words]


def test_fountain_loses_its_pairs_of_signs_and_what_is_crossed_out():
    text = "INT. *ATTIC*\n\nA **girl *waits***. /* Not\n\nyet. */ 2 \\* 3 _matches_, *lit [[a\n"
    assert [row.prompt for row in rows(text, name="a.fountain")] == [
        "INT. ATTIC. A girl waits. 2 * 3 matches, *lit [[a"
    ]


def test_characters_by_which_the_reader_marks_words_are_passed_over():
    text = "INT. ATTIC\n\n\ue701A \ue703girl\ue700.\n"
    assert [row.prompt for row in rows(text, name="a.fountain")] == ["INT. ATTIC. A girl."]


@pytest.mark.parametrize(
    ("text", "prompts"),
    [
        ("frames\tprompt\n8\tA fox, a gate; snow\n", ["A fox, a gate; snow"]),
        ("A fox;8\nA gate, snow;16\n", ["A fox", "A gate, snow"]),
        ('"A fox, a gate", "8"\n"Snow", "9"\n', ["A fox, a gate", "Snow"]),
        ("A fox; red\nA gate\n", ["A fox; red", "A gate"]),
        ('"prompt";"frames"\r\n"Snow; rain";8\r\n', ["Snow; rain"]),
    ],
)
def test_a_table_is_parted_by_what_its_headings_or_all_its_lines_have(text, prompts):
    assert [row.prompt for row in rows(text, name="a.csv")] == prompts


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


@given(st.text(alphabet="ab{# \t\n\\'\"é", max_size=40))
def test_a_command_is_cut_into_words_as_a_shell_cuts_it(text):
    try:
        words = shlex.split(text)
    except ValueError:
        words = []
    assert words_of(text) == words


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


def read_or_refuse(text: str, kind: str) -> None:
    try:
        found = lay_out(kinds.read(text, kind), "sentence")
    except Unreadable:
        return
    assert all(0 < len(row.prompt) <= limits.PROMPT_MAX for row in found)
    assert all(len(row.caption) <= 200 for row in found)


@given(st.text(max_size=400), st.sampled_from(sorted(kinds.READERS)))
def test_any_text_is_read_or_refused(text, kind):
    read_or_refuse(text, kind)


@pytest.mark.parametrize(
    ("kind", "begins", "again", "ends"),
    [
        ("fountain", "INT. A\n\n", "[[", ""),
        ("fountain", "INT. A\n\n", "[[ a ", ""),
        ("fountain", "INT. A\n\n", "[[a]]", ""),
        ("fountain", "INT. A\n\n", "/* ", ""),
        ("fountain", "INT. A\n\n", "**a ", ""),
        ("fountain", "INT. A\n\n**a", "_", ""),
        ("fountain", "INT. A\n\n>", " ", "x"),
        ("fountain", "INT. A\n\n.a", "\t", "b"),
        ("markdown", "", "*a ", ""),
        ("markdown", "", "*a **b _c __d `e ", ""),
        ("markdown", "", "[", ""),
        ("markdown", "", "[a](", ""),
        ("markdown", "# ", "#", "x"),
        ("markdown", "# a", " ", "x"),
        ("text", "", "\n \n", "x"),
        ("text", "", "a" * 1025 + "\N{FOX FACE}", ""),
        ("csv", ',"a",\n,' + '"' * 3000 + "x\n", ",", ""),
        ("json", "curl ", "a", ""),
        ("json", 'curl "', "\\\\", '"'),
        ("json", 'curl -d \'{"prompts": [{"prompt": "', "a", "\"}]}'"),
        ("json", "", '{"', ""),
        ("fdx", "<FinalDraft><Content><Paragraph>", "<a>", ""),
    ],
)
def test_two_megabytes_of_any_shape_end(kind, begins, again, ends):
    """Whatever asks the rest of the text again for each sign takes hours for these."""
    times = (kinds.BYTES_MAX - len(begins + ends)) // len(again)
    read_or_refuse(begins + again * times + ends, kind)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("fountain", "INT. A\n\n" + "[[a]]" * LINES_MAX),
        ("fountain", "a\r\r" * LINES_MAX),
        ("text", "a\n" * (LINES_MAX + 1)),
        ("csv", "a\n" * (LINES_MAX + 1)),
        ("text", "。" * (LINES_MAX + 1)),
    ],
)
def test_more_lines_or_rows_than_a_script_has_are_refused_in_words(kind, text):
    with pytest.raises(Unreadable, match=r"more than 50,000 .+ Import it in parts\.$"):
        lay_out(kinds.read(text, kind), "sentence")
