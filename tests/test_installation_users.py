"""The accounts of the installation, and what its keeper may do to each; all of it written down."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from storyboard.people import sessions
from storyboard.people.models import (
    Guest,
    Invitation,
    InvitationClosed,
    KeeperAct,
    KeeperActivity,
    User,
)
from storyboard.people.roles import Role

PASSWORD = "a long password"
LIST = "/installation/users/"


@pytest.fixture(autouse=True)
def fresh_rate_limits(db):
    cache.clear()


@pytest.fixture
def keeper(cast, signed_in) -> Client:
    User.objects.filter(pk=cast.outsider.pk).update(founder=True)
    return signed_in(User.objects.get(pk=cast.outsider.pk))


@pytest.fixture
def with_step(cast) -> User:
    """The editor, with an app and recovery codes."""
    for kind in (Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES):
        Authenticator.objects.create(user=cast.editor, type=kind, data={})
    return cast.editor


def act(browser, name: str, user: User, data: dict | None = None):
    return browser.post(reverse(f"user_{name}", args=(user.pk,)), data or {})


def shown(browser, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def told() -> list[tuple[str, str, str]]:
    """Return who did what with whom, the first first."""
    rows = KeeperActivity.objects.order_by("pk")
    return [(row.person_name, row.act, row.about) for row in rows]


def of(user: User) -> str:
    return f"{user}, account {user.pk}"


def test_accounts_are_listed_with_their_state(cast, keeper, with_step):
    User.objects.filter(pk=cast.viewer.pk).update(is_active=False)
    page = shown(keeper, LIST)
    assert "5 accounts, newest first" in page
    assert "viewer@example.org" in page
    assert page.count("Second step</span>") == 1
    assert page.count("Switched off</span>") == 1
    assert "Winter Tales" in page


@pytest.mark.parametrize("words", ["EDITOR@", "editor", "edit example"])
def test_names_and_addresses_are_searched(cast, keeper, words):
    page = shown(keeper, f"{LIST}?q={words}")
    assert "editor@example.org" in page
    assert "viewer@example.org" not in page


def test_many_accounts_are_a_page_further(cast, keeper):
    for number in range(51):
        User.objects.create_user(f"more{number}@example.org", PASSWORD)
    assert "owner@example.org" not in shown(keeper, LIST)
    assert "Page 1 of 2" in shown(keeper, LIST)
    assert "owner@example.org" in shown(keeper, f"{LIST}?page=2")


def test_one_account_is_shown_with_its_teams_and_roles(cast, keeper):
    page = shown(keeper, f"{LIST}{cast.editor.pk}/")
    assert 'Winter Tales</bdi> <span class="muted">(editor)' in page
    assert keeper.get(f"{LIST}999999/").status_code == 404


def test_a_guest_is_shown_with_a_number_and_not_the_story(cast, keeper, story):
    user = User.objects.create_user("guest@example.org", PASSWORD)
    Guest.objects.create(project=story.project, user=user, role=Role.VIEWER)
    page = shown(keeper, f"{LIST}{user.pk}/")
    assert "of 1 story of other teams" in page
    assert story.project.title not in page


def test_switching_off_ends_every_session_at_once_and_keeps_them_out(cast, keeper):
    theirs = cast.browser("editor")
    assert theirs.get("/").status_code == 200
    assert act(keeper, "switch_off", cast.editor).status_code == 302
    assert theirs.get("/").status_code == 302
    again = Client()
    again.post(reverse("account_login"), {"login": cast.editor.email, "password": PASSWORD})
    assert again.get("/").status_code == 302
    assert "Switched off" in shown(keeper, f"{LIST}{cast.editor.pk}/")


def test_switching_on_lets_them_in_and_revives_no_session(cast, keeper):
    theirs = cast.browser("editor")
    act(keeper, "switch_off", cast.editor)
    act(keeper, "switch_on", cast.editor)
    assert theirs.get("/").status_code == 302
    assert cast.browser("editor").get("/").status_code == 200
    assert told() == [
        ("Outsider", KeeperAct.SWITCHED_OFF, of(cast.editor)),
        ("Outsider", KeeperAct.SWITCHED_ON, of(cast.editor)),
    ]


def test_doing_it_twice_is_told_once(cast, keeper):
    for _ in range(2):
        act(keeper, "switch_off", cast.editor)
    for _ in range(2):
        act(keeper, "switch_on", cast.editor)
    assert [what for _, what, _ in told()] == [KeeperAct.SWITCHED_OFF, KeeperAct.SWITCHED_ON]


def test_links_that_they_gave_let_nobody_in_again(cast, keeper, team, now):
    """No owner sees one while its giver is away, so it may not open again unseen."""
    invitation, _ = Invitation.objects.issue(
        team, by=cast.owner, role=Role.VIEWER, expires_at=now.replace(year=now.year + 1)
    )
    act(keeper, "switch_off", cast.owner)
    with pytest.raises(InvitationClosed):
        invitation.accept(cast.outsider, now)
    act(keeper, "switch_on", cast.owner)
    with pytest.raises(InvitationClosed):
        invitation.accept(cast.outsider, now)


def test_signing_out_everywhere_leaves_everybody_else_alone(cast, keeper):
    one, two, other = cast.browser("editor"), cast.browser("editor"), cast.browser("viewer")
    act(keeper, "sign_out", cast.editor)
    assert one.get("/").status_code == two.get("/").status_code == 302
    assert other.get("/").status_code == keeper.get("/").status_code == 200
    assert told() == [("Outsider", KeeperAct.SIGNED_OUT, f"{of(cast.editor)}: browsers: 2")]


def test_sessions_that_are_in_no_list_end_too(cast):
    theirs = cast.browser("editor")
    assert sessions.end_sessions(cast.editor) == 1
    assert sessions.end_sessions(cast.editor) == 0
    assert theirs.get("/").status_code == 302


def test_a_lost_second_step_is_turned_off_with_the_keepers_password(cast, keeper, with_step):
    answer = act(keeper, "second_step_off", with_step, {"password": PASSWORD})
    assert answer.status_code == 302
    assert not Authenticator.objects.filter(user=with_step).exists()
    [letter] = mail.outbox
    assert letter.to == [with_step.email]
    assert "turned off the second step of your account" in letter.body
    assert told() == [("Outsider", KeeperAct.STEP_OFF, of(with_step))]
    # Now the password alone lets them in.
    again = Client()
    again.post(reverse("account_login"), {"login": with_step.email, "password": PASSWORD})
    assert again.get("/").status_code == 200


@pytest.mark.parametrize("typed", [{}, {"password": "a wrong password"}])
def test_without_the_keepers_password_it_stays(cast, keeper, with_step, typed):
    answer = act(keeper, "second_step_off", with_step, typed)
    assert answer.status_code == 422
    assert 'class="field__error"' in answer.content.decode()
    assert Authenticator.objects.filter(user=with_step).count() == 2
    assert (mail.outbox, told()) == ([], [])


def test_guessing_the_keepers_password_there_is_slowed_down(cast, keeper, with_step):
    for _ in range(10):
        act(keeper, "second_step_off", with_step, {"password": "a wrong password"})
    answer = act(keeper, "second_step_off", with_step, {"password": PASSWORD})
    assert answer.status_code == 429
    assert "Wait a few minutes" in answer.content.decode()
    assert Authenticator.objects.filter(user=with_step).exists()


def test_where_there_is_no_second_step_nothing_is_told(cast, keeper):
    answer = act(keeper, "second_step_off", cast.viewer, {"password": PASSWORD})
    assert answer.status_code == 302
    assert (mail.outbox, told()) == ([], [])


def test_where_no_mail_is_sent_a_link_sets_a_new_password_once(cast, keeper, settings):
    answer = act(keeper, "password_link", cast.editor, {"password": PASSWORD})
    assert answer.status_code == 201
    assert answer["Cache-Control"].startswith("max-age=0")
    page = answer.content.decode()
    assert "It works once, within a day," in page
    assert settings.PASSWORD_RESET_TIMEOUT == 24 * 3600
    link = page.partition('id="issued-link" value="')[2].partition('"')[0]
    assert link.startswith("http://testserver/accounts/password/reset/key/")
    theirs = Client()
    form = theirs.get(link, follow=True)
    new = {"password1": "a kite over the harbour", "password2": "a kite over the harbour"}
    assert theirs.post(form.redirect_chain[-1][0], new).status_code == 302
    cast.editor.refresh_from_db()
    assert cast.editor.check_password("a kite over the harbour")
    assert "works no more" in Client().get(link, follow=True).content.decode()
    assert told() == [("Outsider", KeeperAct.RESET_LINK, of(cast.editor))]
    assert link not in shown(keeper, f"{LIST}{cast.editor.pk}/")


@pytest.mark.parametrize("typed", [{}, {"password": "a wrong password"}])
def test_without_the_keepers_password_no_link_is_made(cast, keeper, typed):
    answer = act(keeper, "password_link", cast.editor, typed)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert 'id="link-password_error"' in page
    assert "password/reset/key" not in page
    assert "a wrong password" not in page
    assert told() == []


def test_nor_is_the_keepers_password_guessed_at_the_link(cast, keeper):
    for _ in range(10):
        act(keeper, "password_link", cast.editor, {"password": "a wrong password"})
    answer = act(keeper, "password_link", cast.editor, {"password": PASSWORD})
    assert answer.status_code == 429
    assert "Wait a few minutes" in answer.content.decode()
    assert told() == []


def test_where_mail_is_sent_no_link_is_made(cast, keeper, settings):
    settings.SENDS_MAIL = True
    assert "Make a link" not in shown(keeper, f"{LIST}{cast.editor.pk}/")
    answer = act(keeper, "password_link", cast.editor, {"password": PASSWORD})
    assert answer.status_code == 409
    assert "password/reset/key" not in answer.content.decode()
    assert told() == []


def test_no_link_is_made_for_an_account_that_is_off(cast, keeper):
    act(keeper, "switch_off", cast.editor)
    answer = act(keeper, "password_link", cast.editor, {"password": PASSWORD})
    assert answer.status_code == 409


@pytest.mark.parametrize("name", ["switch_off", "sign_out", "second_step_off", "password_link"])
def test_the_keeper_cannot_do_it_to_themself(cast, keeper, name):
    answer = act(keeper, name, cast.outsider, {"password": PASSWORD})
    assert answer.status_code == 409
    assert "This is your own account" in answer.content.decode()
    assert User.objects.get(pk=cast.outsider.pk).is_active
    assert keeper.get("/").status_code == 200
    assert told() == []


def test_what_was_done_is_on_a_page_with_time_and_address(cast, keeper):
    act(keeper, "switch_off", cast.editor)
    page = shown(keeper, "/installation/activity/")
    assert '<b dir="auto">Outsider</b> switched an account off' in page
    assert of(cast.editor) in page
    assert "from 127.0.0.1" in page


def test_nobody_changes_or_deletes_it(cast, keeper):
    act(keeper, "switch_off", cast.editor)
    row = KeeperActivity.objects.get()
    for change in (
        row.save,
        row.delete,
        lambda: KeeperActivity.objects.update(about="nothing"),
        KeeperActivity.objects.all().delete,
    ):
        with pytest.raises(TypeError):
            change()
    cast.editor.delete()
    assert told() == [("Outsider", KeeperAct.SWITCHED_OFF, f"Editor, account {row.whom_id}")]


def test_the_log_says_it_without_names(cast, keeper, caplog):
    caplog.set_level("INFO", "storyboard")
    act(keeper, "switch_off", cast.editor)
    [line] = [one for one in caplog.messages if one.startswith("installation:")]
    assert f"account switched off by user {cast.outsider.pk}, to user {cast.editor.pk}" in line
    assert "Editor" not in line


def test_the_next_oldest_account_follows_a_keeper_who_leaves(cast, keeper):
    assert keeper.get(LIST).status_code == 200
    keeper.post(reverse("account_delete"), {"password": PASSWORD})
    assert User.objects.get(founder=True) == cast.owner
    assert cast.browser("owner").get(LIST).status_code == 200


def test_the_command_turns_it_off_for_an_operator(cast, with_step, capsys, monkeypatch):
    monkeypatch.setattr("builtins.input", lambda prompt: "yes")
    call_command("secondstepoff", "Editor@example.org")
    assert not Authenticator.objects.filter(user=with_step).exists()
    assert "The second step of editor@example.org is off." in capsys.readouterr().out
    assert [letter.to for letter in mail.outbox] == [["editor@example.org"]]
    assert told() == [("The command line", KeeperAct.STEP_OFF, of(with_step))]


@pytest.mark.parametrize("answer", ["", "no", None])
def test_the_command_asks_first(cast, with_step, monkeypatch, answer):
    def say(prompt: str) -> str:
        if answer is None:
            raise EOFError
        return answer

    monkeypatch.setattr("builtins.input", say)
    with pytest.raises(CommandError, match="Nothing was changed"):
        call_command("secondstepoff", "editor@example.org")
    assert Authenticator.objects.filter(user=with_step).exists()
    call_command("secondstepoff", "editor@example.org", "--yes")
    assert not Authenticator.objects.filter(user=with_step).exists()


def test_the_command_knows_whom_it_can_help(cast, capsys):
    with pytest.raises(CommandError, match="No account signs in with"):
        call_command("secondstepoff", "nobody@example.org")
    call_command("secondstepoff", "viewer@example.org")
    assert "has no second step" in capsys.readouterr().out
    assert told() == []
