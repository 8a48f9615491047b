"""An installation whose takes are in a bucket: rendered, backed up, and restored elsewhere."""

from __future__ import annotations

import os
from urllib.parse import urlencode

import pytest

from tests.buckets import REGION
from tests.test_restore import SETUP, service_settings, until_ready
from tests.workshop import Workshop

pytestmark = pytest.mark.process


def house(data, s3, service, bucket: dict[str, str], prefix: str) -> Workshop:
    query = urlencode({"endpoint": s3.url, "region": REGION})
    return Workshop(
        data,
        STORYBOARD_STORAGE=f"s3://{bucket['bucket_name']}/{prefix}?{query}",
        **{name: os.environ[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")},
        **service_settings(service),
    )


def objects(s3, bucket: dict[str, str], prefix: str) -> dict[str, bytes]:
    client = s3.client()
    found = client.list_objects_v2(Bucket=bucket["bucket_name"], Prefix=f"{prefix}/")
    keys = [one["Key"] for one in found.get("Contents", [])]
    return {
        key.removeprefix(f"{prefix}/"): client.get_object(Bucket=bucket["bucket_name"], Key=key)[
            "Body"
        ].read()
        for key in keys
    }


def test_takes_go_from_bucket_to_backup_to_another_bucket(s3, fake_service, settings, tmp_path):
    bucket = settings.TAKES_BUCKET
    here = house(tmp_path / "here", s3, fake_service, bucket, "here")
    here.data.mkdir()
    here.manage("migrate", "--verbosity=0")
    here.python(SETUP)
    until_ready(here, fake_service, 1)
    assert "all as they were stored" in here.manage("verifytakes")
    stored = objects(s3, bucket, "here")
    assert {name.rpartition(".")[2] for name in stored} == {"mp4", "webp"}
    assert [path for path in (here.data / "takes").rglob("*") if path.is_file()] == []

    here.manage("backup", str(tmp_path / "copy.tar"))
    there = house(tmp_path / "there", s3, fake_service, bucket, "there")
    film = next(name for name in stored if name.endswith(".mp4"))
    s3.client().put_object(Bucket=bucket["bucket_name"], Key=f"there/{film}", Body=b"damaged")
    there.manage("restore", str(tmp_path / "copy.tar"))
    assert objects(s3, bucket, "there") == stored
    assert "all as they were stored" in there.manage("verifytakes")
    # What was in its place is not thrown away.
    [aside] = there.data.glob(f"replaced-*/takes/{film}")
    assert aside.read_bytes() == b"damaged"
