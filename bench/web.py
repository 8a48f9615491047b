"""The two requests that a page sends all the time, against bare views behind the same doors.

Both go through the whole WSGI application: middleware, session, account; no socket.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlencode

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.test import Client, RequestFactory, override_settings
from django.utils import timezone

from bench.measure import Figure, compare, milliseconds_each
from bench.people import sample, under_way
from storyboard.people.models import User
from storyboard.renders.models import Render
from storyboard.stories.models import Project

Ask = Callable[..., int]
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def asker(client: Client, rows: str = "") -> Ask:
    """Return a function that sends one request through the WSGI application; it says the status.

    `rows` are those that its page says it has, as `stories.window` reads it.
    """
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
            HTTP_X_ROWS=rows,
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


def per_second(work: Callable[[], None], times: int) -> Callable[[], float]:
    """Return a function that does the work `times` times and says how many that is a second."""
    each = milliseconds_each(lambda number: work(), times)
    return lambda: 1000 / each()


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
    ask = asker(client)

    def save(number: int) -> None:
        expect(ask("POST", f"/scenes/{scene.pk}/frames/", frames=24 + number % 8), 200)

    def write(number: int) -> None:
        expect(ask("POST", f"/bare/write/{scene.pk}/", frames=24 + number % 8), 200)

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
    Render.objects.bulk_create(under_way(project, settings.NOVITA_BASE_URL, 1, timezone.now()))
    page = client.get(f"/projects/{project.pk}/").content.decode()
    address = re.search(rf'"(/projects/{project.pk}/live/[^"]*)"', page)
    if address is None:
        raise RuntimeError("the page names no address to ask for news")
    path = address[1].replace("&amp;", "&")
    ask = asker(client)
    return compare(
        "the live poll's 204, to a bare view that answers 204",
        milliseconds_each(lambda _: expect(ask("GET", path), 204), 100),
        milliseconds_each(lambda _: expect(ask("GET", "/bare/nothing/"), 204), 100),
        unit="ms",
        rounds=9,
    )
