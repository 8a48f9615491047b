"""Takes in an S3-compatible store. Parts are on this disk until they are there, and whole."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

from boto3.exceptions import Boto3Error
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files import File
from storages.backends.s3 import S3Storage

from storyboard.people.places import elsewhere
from storyboard.renders import crash
from storyboard.renders.store import Part, StoreUnavailable, TakeStore

CONNECT_SECONDS, READ_SECONDS = 5, 20
# What a player or a reader asks for at once.
WINDOW = 1024 * 1024
# How long a signed link is good: longer than anybody watches one film.
LINK_SECONDS = 3600


class BucketStore(TakeStore):
    """`bucket` are S3Storage's options: bucket_name, location, endpoint_url, region_name.

    Keys come from the environment, as AWS's own tools read them.
    """

    def __init__(self, root: Path, bucket: dict[str, str]) -> None:
        super().__init__(root)
        given = {name: value for name, value in bucket.items() if value}
        self.storage = S3Storage(
            file_overwrite=True,
            default_acl=None,
            client_config=Config(
                connect_timeout=CONNECT_SECONDS,
                read_timeout=READ_SECONDS,
                retries={"mode": "standard", "total_max_attempts": 2},
                signature_version="s3v4",
                # Other makers' stores often know neither the newer checksums nor virtual hosts.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
                s3={"addressing_style": "path" if bucket["endpoint_url"] else "auto"},
            ),
            **given,
        )

    def open(self, name: str) -> BinaryIO:
        head = self._head(name)
        raw = _Reader(self._client, self._address(name), head["ContentLength"], head["ETag"])
        return cast("BinaryIO", io.BufferedReader(raw, WINDOW))

    def exists(self, name: str) -> bool:
        try:
            self._head(name)
        except FileNotFoundError:
            return False
        return True

    def stat(self, name: str) -> os.stat_result:
        head = self._head(name)
        at = int(head["LastModified"].timestamp())
        mode = stat.S_IFREG | 0o444
        return os.stat_result((mode, 0, 0, 1, 0, 0, head["ContentLength"], at, at, at))

    def link(self, name: str, method: str, headers: Mapping[str, str]) -> str:
        asked = {
            "ResponseContentType": headers["Content-Type"],
            "ResponseContentDisposition": headers["Content-Disposition"],
            "ResponseCacheControl": headers["Cache-Control"],
        }
        act = "head_object" if method == "HEAD" else "get_object"
        with _answered():
            found: str = self._client.generate_presigned_url(
                act, Params=self._address(name) | asked, ExpiresIn=LINK_SECONDS
            )
        return found

    def keep(self, part: Part, name: str) -> None:
        """Copy a whole part to the store; it is there, in its full length, when this returns."""
        self.path(name)
        part.file.flush()
        os.fsync(part.file.fileno())
        crash.point("file synced")
        with _answered(), part.path.open("rb") as content:
            self.storage.save(name, File(content))
        crash.point("file renamed")
        kept, size = self.size(name), part.path.stat().st_size
        if kept != size:
            raise StoreUnavailable(f"the store holds {kept} bytes of {size}")
        crash.point("folder synced")

    def move_out(self, name: str, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        with self.open(name) as source, target.open("xb") as copy:
            while data := source.read(WINDOW):
                copy.write(data)
            copy.flush()
            os.fsync(copy.fileno())

    def remove(self, name: str) -> None:
        with _answered():
            self._client.delete_object(**self._address(name))

    def remove_all(self, folder: str) -> None:
        start = self._address(f"{folder}/part")["Key"].removesuffix("part")
        with _answered():
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self.storage.bucket_name, Prefix=start
            )
            # One by one: not every maker's store takes a list of them in our checksums.
            for page in pages:
                for one in page.get("Contents", ()):
                    self._client.delete_object(Bucket=self.storage.bucket_name, Key=one["Key"])
        super().remove_all(folder)

    @property
    def _client(self) -> Any:
        return self.storage.connection.meta.client

    def _address(self, name: str) -> dict[str, str]:
        self.path(name)
        place = self.storage.location
        return {
            "Bucket": self.storage.bucket_name,
            "Key": f"{place}/{name}" if place else name,
        }

    def _head(self, name: str) -> dict[str, Any]:
        """Return what the store says of a file; raise FileNotFoundError when it has none."""
        address = self._address(name)
        with elsewhere(), _answered():
            try:
                found: dict[str, Any] = self._client.head_object(**address)
            except ClientError as error:
                if _status(error) != 404:
                    raise
                # The same word means that there is no bucket, and then nothing is missing.
                self._client.head_bucket(Bucket=address["Bucket"])
                raise FileNotFoundError(name) from error
        return found


class _Reader(io.RawIOBase):
    """Reads an object from any place in it, as far as it is asked to."""

    def __init__(self, client: Any, address: dict[str, str], size: int, etag: str) -> None:
        self.client = client
        self.address = address
        self.size = size
        self.etag = etag
        self.place = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self.place, os.SEEK_END: self.size}[whence]
        if base + offset < 0:
            raise OSError(f"there is no byte {base + offset}")
        self.place = base + offset
        return self.place

    def tell(self) -> int:
        return self.place

    def readinto(self, buffer: Any) -> int:
        end = min(self.place + len(buffer), self.size)
        if self.place >= end:
            return 0
        with _answered():
            answer = self.client.get_object(
                **self.address, Range=f"bytes={self.place}-{end - 1}", IfMatch=self.etag
            )
            with answer["Body"] as body:
                data = body.read()
        if len(data) != end - self.place:
            raise StoreUnavailable(f"the store sent {len(data)} bytes of {end - self.place}")
        buffer[: len(data)] = data
        self.place = end
        return len(data)


@contextmanager
def _answered() -> Iterator[None]:
    """Say in our own words that the store did not do what was asked."""
    try:
        yield
    except (BotoCoreError, ClientError, Boto3Error) as error:
        raise StoreUnavailable(" ".join(str(error).split())[:300]) from error


def _status(error: ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
