"""An S3 server at hand, whose answers can be made bad, and what both kinds of store hold."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from storyboard.renders.bucket import BucketStore
from storyboard.renders.storage import take_store
from storyboard.renders.store import TakeStore

REGION = "eu-central-1"
DENIED = b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
BROKEN = b"<Error><Code>InternalError</Code><Message>We stumbled</Message></Error>"


@dataclass
class S3:
    """The server: `trouble` is denied, broken, hang, or nothing; of writes alone if so said."""

    url: str
    trouble: str = ""
    writes_alone: bool = False
    requests: list[str] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)

    def around(self, app: Callable[..., Any]) -> Callable[..., Any]:
        def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
            method = environ["REQUEST_METHOD"]
            self.requests.append(f"{method} {environ['PATH_INFO']}")
            if not self.trouble or (self.writes_alone and method not in ("PUT", "POST")):
                return app(environ, start)
            environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            if self.trouble == "hang":
                self.closing.wait(30)
            denied = self.trouble == "denied"
            start("403 Forbidden" if denied else "500 Error", [("Content-Type", "text/xml")])
            return [DENIED if denied else BROKEN]

        return answer

    def client(self) -> Any:
        return boto3.client(
            "s3",
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
        )


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    s3 = S3(f"http://{host}:{port}")
    server._server.app = s3.around(server._server.app)
    yield s3
    server.stop()


@pytest.fixture
def s3(s3_server, settings, monkeypatch, tmp_path) -> Iterator[S3]:
    """A bucket that the settings name as the store of takes."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    name = f"films-{secrets.token_hex(6)}"
    client = s3_server.client()
    client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    settings.TAKES_ROOT = tmp_path / "takes"
    settings.TAKES_BUCKET = {
        "bucket_name": name,
        "location": "story/takes",
        "endpoint_url": s3_server.url,
        "region_name": REGION,
    }
    s3_server.requests.clear()
    yield s3_server
    s3_server.trouble, s3_server.writes_alone = "", False
    client.close()


@pytest.fixture(params=["disk", "bucket"])
def store(request, settings, tmp_path) -> TakeStore:
    """The store that the settings name: on this disk, and in a bucket."""
    if request.param == "bucket":
        request.getfixturevalue("s3")
    settings.TAKES_ROOT = tmp_path / "takes"
    return take_store()


def names_in(store: TakeStore) -> set[str]:
    """Return the names of all that is stored."""
    if isinstance(store, BucketStore):
        start = f"{store.storage.location}/"
        objects = store.storage.bucket.objects.filter(Prefix=start)
        return {one.key.removeprefix(start) for one in objects}
    root = store.root
    return {p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_file()}


def read(store: TakeStore, name: str) -> bytes:
    with store.open(name) as file:
        return file.read()


def remove(store: TakeStore, name: str) -> None:
    """Take a file away, as an accident would."""
    if isinstance(store, BucketStore):
        store.storage.delete(name)
    else:
        store.path(name).unlink()
