"""The two requests that a writer's page sends all the time, against bare views."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlencode

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.test import Client, RequestFactory, override_settings

from bench.measure import Figure, compare, milliseconds_each
from bench.people import sample
from storyboard.people.models import User
from storyboard.stories.models import Project

Ask = Callable[..., int]
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def asker(client: Client, *, middleware: list[str]) -> Ask:
    """Return a function that sends one request through a WSGI application; it says the status."""
    with override_settings(MIDDLEWARE=middleware):
        application = WSGIHandler()
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    token = client.cookies["csrftoken"].value if "csrftoken" in client.cookies else ""
    factory = RequestFactory()

    def ask(method: str, path: str, **fields: object) -> int:
        body = urlencode(fields).encode()
        environ = factory.generic(
            method,
            path,
            body,
            "application/x-www-form-urlencoded",
            HTTP_HOST="localhost",
            HTTP_COOKIE=cookies,
            HTTP_X_CSRFTOKEN=token,
            HTTP_HX_REQUEST="true",
        ).environ
        answered: list[str] = []
        response = application(environ, lambda status, headers: answered.append(status))
        try:
            for _ in response:
                pass
        finally:
            response.close()
        return int(answered[0].split()[0])

    return ask


def writer() -> tuple[Client, Project]:
    """Return a signed-in browser, and the sample story that came with its account."""
    user, project = sample(f"writer{User.objects.count()}@example.org")
    client = Client(headers={"host": "localhost"})
    client.force_login(user, backend=BACKEND)
    client.get(f"/projects/{project.pk}/")
    return client, project


def expect(status: int, wanted: int) -> None:
    if status != wanted:
        raise RuntimeError(f"answered {status} instead of {wanted}")


@override_settings(ROOT_URLCONF="bench.bare")
def scene_save() -> Figure:
    client, project = writer()
    scene = project.scenes.kept().in_order().first()
    if scene is None:
        raise RuntimeError("the sample story has no scene")
    ours = asker(client, middleware=settings.MIDDLEWARE)
    bare = asker(client, middleware=[])

    def save(number: int) -> None:
        expect(ours("POST", f"/scenes/{scene.pk}/frames/", frames=24 + number % 8), 200)

    def write(number: int) -> None:
        expect(bare("POST", f"/bare/write/{scene.pk}/", frames=24 + number % 8), 200)

    return compare(
        "a scene save with its budget answer, to a bare view doing the same write",
        milliseconds_each(save, 50),
        milliseconds_each(write, 50),
        unit="ms",
        rounds=9,
    )


@override_settings(ROOT_URLCONF="bench.bare")
def live_poll() -> Figure:
    client, project = writer()
    page = client.get(f"/projects/{project.pk}/").content.decode()
    address = re.search(rf'"(/projects/{project.pk}/live/[^"]*)"', page)
    if address is None:
        raise RuntimeError("the page names no address to ask for news")
    path = address[1].replace("&amp;", "&")
    ours = asker(client, middleware=settings.MIDDLEWARE)
    bare = asker(client, middleware=[])
    return compare(
        "the live poll's 204, to a bare view that answers 204",
        milliseconds_each(lambda _: expect(ours("GET", path), 204), 100),
        milliseconds_each(lambda _: expect(bare("GET", "/bare/nothing/"), 204), 100),
        unit="ms",
        rounds=9,
    )
