"""The attention page with an unsure render on it: each choice is there, and takes two presses."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing

import pytest
from playwright.sync_api import expect
from test_pages import findings

ROW = {
    "nonce": "browser-unsure",
    "request": '{"steps": 20}',
    "scenes": '[{"scene": 0, "prompt": "A match is lit", "caption": "", "frames": 16}]',
    "engine": "http://127.0.0.1:9",
    "account": "http://127.0.0.1:9",
    "token": "browser-unsure-token",
    "estimate": 0.3072,
    "state": "unsure",
    "attempt": 1,
    "late": False,
    "status_word": "",
    "progress": 0,
    "reason": "no_answer",
    "message": "",
    "tries": 0,
    "misses": 0,
    "lease_owner": "",
    "queued_at": "2026-05-01 12:00:00",
    "submitted_at": "2026-05-01 12:00:00",
    "changed_at": "2026-05-01 12:00:00",
}


@pytest.mark.parametrize("width", [1440, 390])
def test_an_unsure_render_is_checked_and_let_go(new_person, first_account, installation, width):
    person = new_person(storage_state=first_account, viewport={"width": width, "height": 844})
    page = person.open_sample()
    project = re.search(r"/projects/(\d+)/", page.url)
    assert project
    [file] = installation.data.glob("*.sqlite3")
    row = ROW | {"project_id": int(project[1])}
    row |= {"nonce": f"unsure-{width}", "token": f"unsure-{width}"}
    names, marks = ", ".join(row), ", ".join("?" * len(row))
    with closing(sqlite3.connect(file, timeout=10)) as base, base:
        base.execute(f"INSERT INTO renders_render ({names}) VALUES ({marks})", [*row.values()])  # noqa: S608
    page = person.open("/attention/")
    assert findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("button", name="Check again").click()
    expect(page.get_by_role("status").last).to_be_visible()
    again = page.get_by_role("button", name="Yes, send it again")
    expect(again).to_be_hidden()
    page.locator("summary", has_text="Send again").click()
    expect(again).to_be_visible()
    page.get_by_role("button", name="Let it go").click()
    expect(page.get_by_text("Let go. It may have been charged.")).to_be_visible()
    page = person.open("/attention/")
    expect(page.get_by_role("heading", name="Nothing needs you")).to_be_visible()
