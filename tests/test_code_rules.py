"""What the code may not do at all, read from its source: run input, guess types, write markup."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse

from storyboard.people.models import Membership
from storyboard.people.roles import Role

ROOT = Path(settings.BASE_DIR)
# What only makes the built-in engine's data, and is run by hand.
BY_HAND = {"storyboard/engine/data/build.py", "storyboard/engine/data/own.py"}
SOURCES = {
    path.relative_to(ROOT).as_posix(): ast.parse(path.read_text())
    for path in sorted((ROOT / "storyboard").rglob("*.py"))
    if path.relative_to(ROOT).as_posix() not in BY_HAND
}
SCRIPTS = {
    path.relative_to(ROOT).as_posix(): path.read_text()
    for path in sorted((ROOT / "static/js").rglob("*.js"))
}
PATTERNS = {"compile", "match", "fullmatch", "search", "sub", "split", "findall", "finditer"}


def calls() -> Iterator[tuple[str, str, ast.Call]]:
    """Yield every call with its file, and what is called as it is written."""
    for name, tree in SOURCES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                yield name, ast.unparse(node.func), node


def test_nothing_runs_what_it_is_given():
    forbidden = {"eval", "exec", "compile", "__import__", "os.system", "os.popen"}
    assert [(name, what) for name, what, _ in calls() if what in forbidden] == []


def test_no_program_is_started_by_a_shell():
    started = [
        (name, node)
        for name, what, node in calls()
        if what in {"subprocess.run", "subprocess.Popen"}
    ]
    assert started
    for name, node in started:
        assert isinstance(node.args[0], ast.List | ast.IfExp), name
        assert "shell" not in {keyword.arg for keyword in node.keywords}, name


def test_no_pattern_is_made_of_input():
    made = [
        name
        for name, what, node in calls()
        if what in {f"re.{one}" for one in PATTERNS} and not isinstance(node.args[0], ast.Constant)
    ]
    assert made == []


def test_no_format_and_no_template_is_made_of_input():
    wrong = [
        (name, what)
        for name, what, node in calls()
        if (
            what.endswith((".format", ".format_map"))
            and isinstance(node.func, ast.Attribute)
            and not isinstance(node.func.value, ast.Constant)
            and "TracebackException" not in what
        )
        or what in {"Template", "template.Template", "engines.from_string", "template.Engine"}
    ]
    assert wrong == []


def test_nothing_is_read_but_plain_values():
    """What pickle and its like read may run code."""
    forbidden = {"pickle", "marshal", "shelve", "yaml", "dill"}
    imported = {
        (name, alias.name)
        for name, tree in SOURCES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
        if {alias.name, getattr(node, "module", None)} & forbidden
    }
    assert imported == set()
    assert settings.SESSION_SERIALIZER.endswith(".JSONSerializer")


def test_markup_is_written_by_templates_alone():
    """Beside the stage's timeline, the rows for support and a script's address, whose markup is a
    text of ours."""
    markers = {"mark_safe", "format_html", "format_html_join", "SafeString"}
    made = [(name, what, node) for name, what, node in calls() if what in markers]
    assert {name for name, _, _ in made} == {
        "storyboard/keeping/admin/story_rows.py",
        "storyboard/renders/templatetags/renders.py",
        "storyboard/static_files.py",
    }
    for name, what, node in made:
        if what == "format_html":
            # What it is filled with, it escapes.
            assert isinstance(node.args[0], ast.Constant), name
        else:
            assert name == "storyboard/renders/templatetags/renders.py"
    pages = (ROOT / "templates").rglob("*.html")
    loose = [page.name for page in pages if re.search(r"\|safe\b|autoescape off", page.read_text())]
    assert loose == []


@pytest.mark.parametrize(
    "forbidden",
    [
        r"\beval\(|\bnew Function\b|setTimeout\(\s*[\"'`]",
        r"\.(inner|outer)HTML\b|insertAdjacentHTML|document\.write|createContextualFragment",
        r"postMessage|addEventListener\(\s*[\"']message",
        r"javascript:|\bsrcdoc\b",
    ],
    ids=["running", "markup", "messages", "addresses"],
)
def test_no_script_does_what_could_run_words(forbidden):
    assert [name for name, text in SCRIPTS.items() if re.search(forbidden, text)] == []


def test_scripts_compare_strictly():
    loose = re.compile(r"[^=!<>]==[^=]|!=[^=]")
    assert [name for name, text in SCRIPTS.items() if loose.search(text)] == []


def test_no_script_gives_an_object_names_from_elsewhere():
    """Names that come from a page or a server go into a Map; `__proto__` is none there."""
    polluted = re.compile(
        r"__proto__|\bprototype\[|[\w)\]]\[[a-z]\w*\]\s*=[^=]|\bfor \(\w+ \w+ in\b"
    )
    found = {
        name: match[0]
        for name, text in SCRIPTS.items()
        if (match := polluted.search(text)) and "this[name] = Number(" not in text
    }
    assert found == {}


def test_a_field_counts_once_and_from_the_body_alone(cast, story, team):
    editor = cast.browser("editor")
    path = reverse("project_rename", args=(story.project.pk,))
    kind = "application/x-www-form-urlencoded"
    # From the address it is not read, nor from a cookie or a header of its name.
    editor.cookies["title"] = "Of a cookie"
    asked = editor.post(f"{path}?title=Of+the+address", headers={"Title": "Of a header"})
    assert asked.status_code == 422
    editor.generic("POST", f"{path}?title=Address", "title=First&title=Last", kind)
    story.project.refresh_from_db()
    assert story.project.title == "Last"
    member = Membership.objects.get(team=team, user=cast.viewer)
    role = reverse("membership_update", args=(member.pk,))
    cast.browser("owner").generic("POST", f"{role}?role=owner", "role=editor&role=commenter", kind)
    member.refresh_from_db()
    assert member.role == Role.COMMENTER
