"""Everybody who may come to an address, one of everything it can name, and how they knock."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import SimpleNamespace

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.core.mail import EmailMessage
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from storyboard.exports.asking import ask
from storyboard.exports.models import Film
from storyboard.exports.models import State as FilmState
from storyboard.looks import covers
from storyboard.looks.models import CatalogueEntry, Kind
from storyboard.people.address import Change
from storyboard.people.models import Act, Guest, Invitation, Letter, Membership, User
from storyboard.people.newcomers import Newcomer
from storyboard.people.roles import Role
from storyboard.people.sealing import seal
from storyboard.people.second_step import SEALED_ABOUT
from storyboard.renders import heartbeat
from storyboard.renders.models import Render, Take
from storyboard.renders.states import State
from storyboard.stories.models import Project, Scene
from tests.access_table import Door
from tests.passkeys import Passkey
from tests.shelf import add_render, add_take

# How a browser was let in, and who: allauth's names in a session.
SIGNED_IN = ("account_authentication_methods", "account_authentication_methods_user")


def sealed_secret() -> str:
    """Return what an app's codes are made of, as the database keeps it."""
    return seal("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", SEALED_ABOUT)


@pytest.fixture
def world(db, team, story, signed_in, settings, tmp_path) -> SimpleNamespace:
    """One of everything that an address can name, and everybody who may come to it."""
    settings.TAKES_ROOT = tmp_path / "takes"
    people = {
        "keeper": User.objects.create_user("keeper@example.org", "a long password"),
        "outsider": User.objects.create_user("outsider@example.org", "a long password"),
    }
    User.objects.filter(pk=people["keeper"].pk).update(founder=True)
    for role in (Role.VIEWER, Role.COMMENTER, Role.EDITOR, Role.OWNER):
        people[role] = User.objects.create_user(f"{role}@example.org", "a long password")
        Membership.objects.create(team=team, user=people[role], role=role)
    people["saver"] = User.objects.create_user("saver@example.org", "a long password")
    Membership.objects.create(team=team, user=people["saver"], role=Role.EDITOR, may_spend=False)
    # Nobody of those who knock: everybody may take themselves out.
    seventh = User.objects.create_user("seventh@example.org", "a long password")
    eighth = User.objects.create_user("eighth@example.org", "a long password")
    people["leaver"] = User.objects.create_user("leaver@example.org", "a long password")
    left = Membership.objects.create(team=team, user=people["leaver"], role=Role.OWNER)
    for name, role in (
        ("guest viewer", Role.VIEWER),
        ("guest editor", Role.EDITOR),
        ("ex-guest", Role.EDITOR),
    ):
        address = f"{name.replace(' ', '-')}@example.org"
        people[name] = User.objects.create_user(address, "a long password")
        Guest.objects.create(project=story.project, user=people[name], role=role)
    browsers = {name: signed_in(person) for name, person in people.items()}
    browsers["anonymous"] = Client()
    # Out since the last request, with a session that goes on.
    assert browsers["leaver"].get(reverse("team_detail", args=(team.pk,))).status_code == 200
    left.delete()
    page = reverse("project_detail", args=(story.project.pk,))
    assert browsers["ex-guest"].get(page).status_code == 200
    Guest.objects.filter(user=people["ex-guest"]).delete()

    now = timezone.now()
    heartbeat.beat("tests", now)
    project = story.project
    take = add_take(project, stored=True)
    Take.objects.filter(pk=take.pk).update(preview=take.file, sprite=take.poster)
    Render.objects.filter(pk=take.render_id).update(request={"closed_loop": True})
    project.loras.create(api_name="snow", strength=0.4, position=0)
    project.embeddings.create(api_name="soft", position=0)
    gone = Scene.objects.create(
        project=project, position=9, prompt="Gone", frames=16, deleted_at=now
    )
    film = ask(project, people["editor"], now, kind="mp4", burnt=False, title_card=True)
    Film.objects.filter(pk=film.pk).update(state=FilmState.READY, file=take.file)
    revision = project.revisions.create(changes={}, began_at=now, at=now)
    invitation, token = Invitation.objects.issue(
        team, by=people["owner"], role=Role.VIEWER, expires_at=now + timedelta(days=1)
    )
    entry = CatalogueEntry.objects.create(
        engine=settings.NOVITA_BASE_URL,
        kind=Kind.LORA,
        name="snow",
        api_name="snow",
        seen_at=now,
        cover_file="snow.webp",
    )
    covers.folder().mkdir(parents=True, exist_ok=True)
    (covers.folder() / "snow.webp").write_bytes(b"RIFF0000WEBP")
    asked = {"user": {"id": "MQ"}, "rp": {"id": "testserver"}, "challenge": "MQ"}
    passkey = Authenticator.objects.create(
        user=people["owner"],
        type=Authenticator.Type.WEBAUTHN,
        data={"name": "A key", "credential": Passkey().made({"publicKey": asked})},
    )
    for name, person in people.items():
        # Their password was asked for just now.
        session = browsers[name].session
        asked_for = {"method": "password", "at": time.time(), "reauthenticated": True}
        session[SIGNED_IN[0]], session[SIGNED_IN[1]] = [asked_for], str(person.pk)
        session.save()
    step = Authenticator.objects.create(
        user=people["keeper"], type=Authenticator.Type.TOTP, data={"secret": sealed_secret()}
    )
    browsers["administrator"] = signed_in(people["keeper"])
    session = browsers["administrator"].session
    for name in SIGNED_IN:
        session[name] = browsers["keeper"].session[name]
    session[SIGNED_IN[0]] = [*session[SIGNED_IN[0]], {"method": "mfa", "id": step.pk}]
    session.save()
    waiting = add_render(project, State.QUEUED, task_id=None)
    waiting.log(State.QUEUED, now)
    done = team.activities.create(person_name="Ada", act=Act.BEGUN, about="Kites")
    device = UserSession.objects.create(user=people["owner"], ip="192.0.2.1", session_key="x")
    of = {
        "passkey": passkey.pk,
        "device": device.pk,
        "team": team.pk,
        "project": project.pk,
        "gone_project": Project.objects.create(team=team, title="Gone", deleted_at=now).pk,
        "scene": story.scenes[0].pk,
        "gone_scene": gone.pk,
        "take": take.pk,
        "span": take.spans.get(order=0).pk,
        "film": film.pk,
        "membership": Membership.objects.create(team=team, user=seventh, role=Role.VIEWER).pk,
        "guest": Guest.objects.create(project=project, user=eighth, role=Role.VIEWER).pk,
        "invitation": invitation.pk,
        "user": seventh.pk,
        "letter": Letter.objects.keep(EmailMessage("Hello", "Words", to=["a@example.org"]), now).pk,
        "entry": entry.pk,
        "waiting": waiting.pk,
        "asked": add_render(project, State.ASKED, task_id=None, request={"steps": 20}).pk,
        "going": add_render(project, State.RENDERING).pk,
        "unsure": add_render(project, State.UNSURE, task_id=None).pk,
        "held": add_render(project, State.QUEUED, task_id=None).pk,
    }
    of |= {f"row of {kind}": of[kind] for kind in ("user", "team", "membership", "project", "take")}
    of |= {
        "row of render": waiting.pk,
        "row of renderevent": waiting.events.get().pk,
        "row of activity": done.pk,
    }
    more = {
        "app_label": "people",
        "revision_pk": revision.pk,
        "lora_pk": project.loras.get().pk,
        "embedding_pk": project.embeddings.get().pk,
        "what": "blending",
        "kind": "lora",
        "token": token,
        "wish": Change(people["viewer"], "ada@example.net").token(),
        "newcomer": Newcomer("ada@example.net", None).token(),
        "uidb36": "1",
        "key": "set-password",
    }
    return SimpleNamespace(people=people, browsers=browsers, of=of, more=more, team=team)


def patterns(found: URLResolver | None = None, space: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Yield every address's pattern with its name, as `reverse` takes it."""
    for one in (found or get_resolver()).url_patterns:
        if isinstance(one, URLPattern):
            yield f"{space}{one.name}", one
        else:
            yield from patterns(one, f"{space}{one.namespace}:" if one.namespace else space)


def template_of(name: str) -> tuple[str, list[str]]:
    """Return an address with a place for each of its parts, and what these are called."""
    space, _, plain = name.rpartition(":")
    prefix, resolver = get_resolver().namespace_dict[space] if space else ("", get_resolver())
    template, names = resolver.reverse_dict.getlist(plain)[0][0][0]
    return f"/{prefix}{template}", names


def path_of(door: Door, world: SimpleNamespace, *, pk: int | None = None) -> str:
    """Return the door's address in this world; `pk` names another object instead."""
    named = pk or world.of.get(door.about)
    template, _ = template_of(door.name)
    return template % (world.more | {"pk": named, "object_id": named})


@contextmanager
def undone() -> Iterator[None]:
    """Whatever is done inside was not: the next one finds the same world."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def knock(world: SimpleNamespace, actor: str, method: str, path: str) -> HttpResponse:
    browser = world.browsers[actor]
    cookies = browser.cookies.copy()
    data = {"team": str(world.team.pk), "nonce": "a-nonce"} if method == "POST" else {}
    with undone():
        answer = browser.generic(
            method,
            path,
            "&".join(f"{name}={value}" for name, value in data.items()),
            "application/x-www-form-urlencoded" if data else "application/octet-stream",
        )
        if answer.streaming:
            answer.content_read = b"".join(answer)
        answer.close()
    browser.cookies = cookies
    return answer
