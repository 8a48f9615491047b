"""Letters where no mail server is set: printed, sealed, shown to the keeper, and gone in time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.core.mail import EmailMessage, send_mail
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from storyboard.people.models import KeeperAct, KeeperActivity, Letter, User
from storyboard.people.outbox import Forgetting
from storyboard.people.sealing import Unsealable, new_key

LIST = "/installation/letters/"
PASSWORD = "a long password"
SECRET = "http://testserver/accounts/password/reset/key/1-canary/"


@pytest.fixture(autouse=True)
def fresh_rate_limits(db):
    cache.clear()


@pytest.fixture(autouse=True)
def without_a_mail_server(settings):
    settings.EMAIL_BACKEND = "storyboard.people.outbox.PrintAndKeep"


@pytest.fixture
def keeper(cast, signed_in) -> Client:
    User.objects.filter(pk=cast.outsider.pk).update(founder=True)
    return signed_in(User.objects.get(pk=cast.outsider.pk))


def write(to: str = "editor@example.org", subject: str = "set a new password") -> Letter:
    send_mail(subject, f"Open this link:\n\n{SECRET}\n\nStoryboard", None, [to])
    return Letter.objects.latest("pk")


def shown(browser: Client, **query: str) -> str:
    answer = browser.get(LIST, query)
    assert answer.status_code == 200
    return answer.content.decode()


def opened(browser: Client, letter: Letter, password: str = PASSWORD, **headers: str):
    typed = {"password": password}
    return browser.post(reverse("letter_open", args=(letter.pk,)), typed, headers=headers)


def test_a_letter_is_printed_and_kept(cast, keeper, capsys):
    Client().post(reverse("account_reset_password"), {"email": "editor@example.org"})
    printed = capsys.readouterr().out
    assert "/accounts/password/reset/key/" in printed
    letter = Letter.objects.get()
    assert (letter.to, letter.subject) == ("editor@example.org", "Storyboard: set a new password")
    assert letter.text().strip() in printed.replace("\r\n", "\n")


def test_its_text_is_sealed_in_the_database(cast):
    letter = write()
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM people_letter")
        assert "canary" not in str(cursor.fetchall())
    Letter.objects.filter(pk=letter.pk).update(sealed=write().sealed)
    letter.refresh_from_db()
    with pytest.raises(Unsealable):
        letter.text()


def test_with_a_mail_server_none_is_kept(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    send_mail("Hello", "Words", None, ["editor@example.org"])
    assert not Letter.objects.exists()


def test_the_list_says_to_whom_about_what_and_when_and_no_more(cast, keeper):
    write()
    write("viewer@example.org", "your code to sign in")
    page = shown(keeper)
    assert "No mail server is set," in page
    assert page.index("your code to sign in") < page.index("set a new password")
    assert "to viewer@example.org" in page
    assert "canary" not in page


def test_a_press_shows_the_letter_with_its_link(cast, keeper):
    letter = write()
    answer = opened(keeper, letter)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    page = answer.content.decode()
    assert f'<a class="button" href="{SECRET}" rel="noreferrer">' in page
    assert "Open this link:" in page
    # The next look shows none again.
    assert "canary" not in shown(keeper)


def test_the_first_press_asks_for_the_password(cast, keeper):
    letter = write()
    answer = keeper.post(reverse("letter_open", args=(letter.pk,)))
    assert answer.status_code == 200
    page = answer.content.decode()
    assert f'id="letter-{letter.pk}-password"' in page
    assert "field__error" not in page
    assert "canary" not in page
    assert not KeeperActivity.objects.exists()


@pytest.mark.parametrize("password", ["", "a guess"])
def test_without_the_password_a_letter_stays_shut(cast, keeper, password):
    letter = write()
    answer = opened(keeper, letter, password)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert f'id="letter-{letter.pk}-password_error"' in page
    assert "a guess" not in page
    assert "canary" not in page
    assert not KeeperActivity.objects.exists()


def test_the_password_cannot_be_guessed_at_a_letter(cast, keeper):
    letter = write()
    for _ in range(10):
        opened(keeper, letter, "a guess")
    answer = opened(keeper, letter)
    assert answer.status_code == 429
    assert "canary" not in answer.content.decode()


@pytest.mark.parametrize(
    "to", ["outsider@example.org", "Outsider@Example.org", "out\u017fider@example.org"]
)
@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_a_letter_to_the_keeper_stands_in_the_terminal_alone(cast, keeper, to, headers):
    letter = write(to)
    answer = opened(keeper, letter, **headers)
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "<code>make run</code> printed it in the terminal" in page
    assert "canary" not in page
    assert not KeeperActivity.objects.exists()
    # And has no button in the list.
    assert reverse("letter_open", args=(letter.pk,)) not in shown(keeper)


def test_an_open_browser_of_the_keepers_is_not_enough_to_become_them(cast, keeper):
    for door in ("account_reset_password", "account_request_login_code"):
        Client().post(reverse(door), {"email": "outsider@example.org"})
    letters = Letter.objects.all()
    assert len(letters) == 2
    for letter in letters:
        page = opened(keeper, letter).content.decode()
        assert "/accounts/password/reset/key/" not in page
        assert letter.text().strip() not in page


def test_without_script_a_letter_of_a_later_page_is_opened_there(cast, keeper):
    letter = write()
    for _ in range(50):
        write("viewer@example.org")
    path = f"{reverse('letter_open', args=(letter.pk,))}?page=2"
    assert f'action="{path}"' in shown(keeper, page="2")
    assert f'action="{path}"' in keeper.post(path).content.decode()
    assert "canary" in keeper.post(path, {"password": PASSWORD}).content.decode()


def test_htmx_gets_the_one_letter_alone(cast, keeper):
    answer = opened(keeper, write(), **{"HX-Request": "true"})
    assert answer.content.lstrip().startswith(b'<li class="person letter"')
    assert SECRET.encode() in answer.content


def test_opening_one_is_written_down_with_whom_it_was_for(cast, keeper):
    opened(keeper, write())
    opened(keeper, write("nobody@example.org"))
    rows = KeeperActivity.objects.order_by("pk")
    assert [(row.act, row.about) for row in rows] == [
        (KeeperAct.LETTER_OPENED, f"Editor, account {cast.editor.pk}: set a new password"),
        (KeeperAct.LETTER_OPENED, "set a new password"),
    ]


def test_looking_at_the_list_opens_and_changes_nothing(cast, keeper):
    letter = write()
    shown(keeper)
    assert keeper.get(reverse("letter_open", args=(letter.pk,))).status_code == 405
    assert not KeeperActivity.objects.exists()


def test_nobody_else_may(cast, keeper):
    letter = write()
    assert cast.browser("owner").get(LIST).status_code == 403
    assert opened(cast.browser("owner"), letter).status_code == 403
    assert opened(Client(), letter).status_code == 302
    assert not KeeperActivity.objects.exists()


def test_words_in_a_letter_become_no_element(cast, keeper):
    send_mail("<b>Hi</b>", '<script>x</script> http://a.test/"><img', None, ["a@example.org"])
    page = opened(keeper, Letter.objects.get()).content.decode()
    assert "&lt;script&gt;x&lt;/script&gt;" in page
    assert "<img" not in page
    assert "<b>Hi" not in page


def test_after_three_days_it_is_gone(cast, keeper, now):
    old, young = write(subject="old"), write(subject="young")
    Letter.objects.filter(pk=old.pk).update(at=now - timedelta(days=3, minutes=1))
    # Not shown from then on, whether a poller runs or not.
    assert "young" in shown(keeper)
    assert ">old<" not in shown(keeper)
    assert opened(keeper, old).status_code == 404
    write(subject="another")
    assert list(Letter.objects.order_by("pk").values_list("subject", flat=True)) == [
        "young",
        "another",
    ]
    assert young.text()


def test_the_poller_deletes_what_nobody_writes_after(cast, now):
    time = now
    forgetting = Forgetting(lambda: time)
    write()
    forgetting.tend()
    assert Letter.objects.count() == 1
    Letter.objects.update(at=now - timedelta(days=3))
    # Not every second.
    forgetting.tend()
    assert Letter.objects.count() == 1
    time = now + timedelta(minutes=11)
    forgetting.tend()
    assert Letter.objects.count() == 0


def test_without_a_key_the_letter_is_printed_all_the_same(settings, tmp_path, capsys, caplog):
    settings.SEAL_KEYS, settings.SEAL_KEYS_FILE = [], tmp_path / "none"
    send_mail("Hello", "Words", None, ["editor@example.org"])
    assert "Words" in capsys.readouterr().out
    assert not Letter.objects.exists()
    assert "a letter was printed, not kept: ImproperlyConfigured" in caplog.text


def test_a_transaction_that_is_lost_does_not_lose_the_printed_letter(cast, capsys):
    def write_on_the_way_out() -> None:
        with transaction.atomic():
            try:
                User.objects.create(email="editor@example.org")
            except IntegrityError:
                send_mail("Hello", "Words", None, ["editor@example.org"])
                raise

    with pytest.raises(IntegrityError):
        write_on_the_way_out()
    assert "Words" in capsys.readouterr().out


def test_one_that_a_lost_key_sealed_says_so(cast, keeper, settings):
    letter = write()
    settings.SEAL_KEYS = [new_key()]
    answer = opened(keeper, letter)
    assert answer.status_code == 409
    assert "It cannot be opened" in answer.content.decode()
    assert not KeeperActivity.objects.exists()


def test_rotating_keys_seals_letters_anew(settings, tmp_path, cast):
    letter = write()
    old = settings.SEAL_KEYS
    settings.DATA = tmp_path
    settings.SEAL_KEYS = [new_key(), *old]
    call_command("rotatekeys")
    settings.SEAL_KEYS = settings.SEAL_KEYS[:1]
    before = letter.sealed
    letter.refresh_from_db()
    assert letter.sealed != before
    assert SECRET in letter.text()


def test_a_server_that_is_set_later_leaves_what_was_written_before(cast, keeper, settings):
    write()
    settings.SENDS_MAIL = True
    page = shown(keeper)
    assert "A mail server is set" in page
    assert "stands below until its 3 days are over" in page


def test_the_doors_say_where_letters_are(db, settings):
    User.objects.create_user("ada@example.org", "a long password")
    page = Client().get(reverse("account_login")).content.decode()
    assert "No mail server is set here" in page
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    page = Client().get(reverse("account_login")).content.decode()
    assert "No mail server is set here" not in page


def test_many_recipients_and_long_subjects_fit(now):
    many = [f"somebody{number}@a-long-domain.example.org" for number in range(30)]
    letter = Letter.objects.keep(EmailMessage("x" * 900, "Words", to=many), now)
    letter.refresh_from_db()
    assert (len(letter.to), len(letter.subject)) == (300, 200)
