"""Whatever people write stays text: on every page, in every place that shows it."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from django.urls import reverse

from storyboard.people.models import Team, User
from storyboard.renders.models import Render, Span, Take
from storyboard.stories.models import Project, Scene
from tests.access_table import DOORS
from tests.everybody import path_of

# Each names itself `zq`, so that an element or attribute which it brings into being is known.
PAYLOADS = [
    "<zq>",
    "<zq/x=1>",
    "<script zq>alert(1)</script>",
    "<img zq src=x onerror=alert(1)>",
    "<svg zq onload=alert(1)>",
    '"><b zq>',
    "'><b zq>",
    '" zq="1',
    "' zq='1",
    '" onfocus=alert(1) autofocus zq="',
    "' onmouseover='alert(1)' zq='",
    "` zq=1",
    "</title><b zq>",
    "</textarea><b zq>",
    "</style><b zq>",
    "</script><script zq>alert(1)</script>",
    "</option></select><b zq>",
    "<!--><b zq>-->",
    "--><b zq>",
    "<![CDATA[<b zq>]]>",
    "<a zq href=javascript:alert(1)>x</a>",
    "<a zq href=' javascript:alert(1)'>x</a>",
    "<iframe zq srcdoc='<script>alert(1)</script>'>",
    "<object zq data=data:text/html,x>",
    "<embed zq src=//evil.test>",
    "<base zq href=//evil.test/>",
    "<meta zq http-equiv=refresh content='0;url=//evil.test'>",
    "<link zq rel=stylesheet href=//evil.test>",
    "<form zq action=//evil.test><button>x",
    "<input zq autofocus onfocus=alert(1)>",
    "<math zq><mi xlink:href=javascript:alert(1)>",
    "<style zq>@import '//evil.test'</style>",
    "<div zq style=background:url(//evil.test)>",
    "<template zq><b></template>",
    "<a zq hx-get=/accounts/logout/ hx-trigger=load>",
    "<div zq data-hx-post=/teams/1/rename/ data-hx-trigger=load>",
    "<div zq hx-on::load=alert(1)>",
    "<div zq hx-vals='js:{a:alert(1)}'>",
    "<div zq hx-swap-oob=true id=main>",
    "<video zq src=//evil.test onloadstart=alert(1)>",
    "{{ zq }}{% zq %}",
    "\u003cb zq\u003e&lt;b zq&gt;&#60;b zq&#62;",
]


class Elements(HTMLParser):
    """Notes what a browser would take for an element or attribute of ours that is none."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.inline: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        if "zq" in tag or any("zq" in name for name in names):
            self.found.append(f"<{tag} {attrs}>")
        self.inline += [name for name in names if name.startswith("on")]
        # What has this type is read by a script of ours, and never run.
        is_data = ("type", "application/json") in attrs
        if tag == "script" and "src" not in names and not is_data:
            self.inline.append(tag)


def write_everywhere(world, words: str) -> None:
    """Put the words wherever people may write, past the forms that would shorten them."""
    short = words[:80]
    Project.objects.update(title=words[:120], negative_prompt=words)
    Scene.objects.update(prompt=words, caption=words[:200])
    Team.objects.update(name=short)
    User.objects.update(name=short)
    Take.objects.update(name=short)
    Span.objects.update(prompt=words, caption=words[:200])
    project = Project.objects.get(pk=world.of["project"])
    project.revisions.update(name=short)
    project.loras.update(api_name=words)
    project.embeddings.update(api_name=words)
    for render in Render.objects.all():
        scenes = [row | {"prompt": words, "caption": words} for row in render.scenes]
        request = render.request | {"negative_prompt": words, "model_name": words}
        Render.objects.filter(pk=render.pk).update(
            scenes=scenes, request=request, message=words[:300], reason="ZQ"
        )


def pages(world) -> list[tuple[str, str]]:
    """Return every page that the team's owner can open, whole and as htmx asks for it."""
    found = []
    for door in DOORS:
        if "GET" not in door.methods or door.name in {"healthz", "metrics", "account_logout"}:
            continue
        for headers in ({}, {"HX-Request": "true"}):
            answer = world.browsers["owner"].get(path_of(door, world), headers=headers)
            if answer.status_code == 200 and "html" in answer.headers["Content-Type"]:
                found.append((door.name, answer.content.decode()))
            answer.close()
    return found


@pytest.mark.parametrize("words", PAYLOADS)
def test_words_become_no_element_and_no_attribute(world, words):
    write_everywhere(world, words)
    for name, page in pages(world):
        elements = Elements()
        elements.feed(page)
        assert elements.found == [], name
        assert elements.inline == [], name


def test_the_words_are_on_the_pages_that_were_looked_at(world):
    write_everywhere(world, "zq says hello")
    told = {name for name, page in pages(world) if "zq says hello" in page}
    assert told >= {
        "project_list",
        "project_detail",
        "project_history",
        "project_takes",
        "take_receipt",
        "film_list",
        "team_detail",
        "bin",
        "attention",
    }


@pytest.mark.parametrize(
    "title",
    [
        "../../etc/passwd",
        "%2e%2e%2f",
        "C:\\windows\\x",
        'a"; filename="evil.html',
        "a\r\nSet-Cookie: zq=1",
        "a" * 120,
        "\u202egpj.exe",
        "日本語 مرحبا",
        "...",
        "con",
    ],
)
def test_a_film_is_saved_under_a_name_without_tricks(world, title):
    film = world.of["film"]
    from_plan = Project.objects.get(pk=world.of["project"]).films.get(pk=film)
    from_plan.plan["title"] = title
    from_plan.save()
    for name in ("film_download", "film_vtt"):
        answer = world.browsers["viewer"].get(reverse(name, args=(film,)))
        said = answer["Content-Disposition"]
        answer.close()
        assert "Set-Cookie" not in answer.headers
        assert said.startswith("attachment; filename")
        assert not set(said) & set("\r\n/\\")
        assert said.count('"') in {0, 2}
        assert ".." not in said
