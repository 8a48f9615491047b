"""A second step beside the password: codes of an app, passkeys, and codes for bad days."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core import mail
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from storyboard import doors
from storyboard.people import recovery
from storyboard.people.models import User
from tests.passkeys import FLAGS, TOUCHED, Passkey

PASSWORD = "a long password"
PERIOD = 30
PAGE = "/accounts/second-step/"
APP, APP_OFF = f"{PAGE}app/", f"{PAGE}app/off/"
CODES, NEW_CODES = f"{PAGE}codes/", f"{PAGE}codes/new/"
STEP = f"{PAGE}sign-in/"
NEW_PASSKEY = f"{PAGE}passkeys/new/"
PASSKEY_SIGN_IN = f"{PAGE}passkeys/sign-in/"


@pytest.fixture(autouse=True)
def fresh_rate_limits(db):
    cache.clear()


@pytest.fixture(autouse=True)
def no_half_minute_ends(settings):
    """A code is made and sent at once here, but a half minute may end in between."""
    settings.MFA_TOTP_TOLERANCE = 1


@pytest.fixture
def person(db) -> User:
    return User.objects.create_user("ada@example.org", PASSWORD, name="Ada")


@pytest.fixture
def browser(person) -> Client:
    """Somebody whose password was asked for just now."""
    client = Client(SERVER_NAME="localhost")
    sign_in(client, person)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return client


def sign_in(client: Client, person: User, password: str = PASSWORD) -> HttpResponse:
    return client.post(reverse("account_login"), {"login": person.email, "password": password})


def code_for(secret: str, steps: int = 0) -> str:
    """Return what an app shows for this secret; `steps` half minutes from now."""
    counter = int(time.time()) // PERIOD
    return format_hotp_value(hotp_value(secret, counter + steps))


def set_up(client: Client) -> tuple[str, list[str]]:
    """Set up an app; return its secret, and the recovery codes that came with it."""
    page = client.get(APP).content.decode()
    secret = re.search(r'<code class="secret">([A-Z2-7]+)</code>', page).group(1)
    answer = client.post(APP, {"code": code_for(secret)})
    assert answer.status_code == 201
    # A code works once, and the one of this half minute was just used.
    cache.clear()
    return secret, codes_on(answer.content.decode())


def with_app(client: Client) -> str:
    return set_up(client)[0]


def codes_on(page: str) -> list[str]:
    return re.findall(r"<li><code>(\d{3} \d{3} \d{3})</code></li>", page)


def with_passkey(client: Client, name: str = "My telephone") -> Passkey:
    page = client.get(NEW_PASSKEY).content.decode()
    options = json.loads(re.search(r'id="js_data"[^>]*>(.*?)</script>', page).group(1))
    key = Passkey()
    made = json.dumps(key.made(options["creation_options"]))
    answer = client.post(NEW_PASSKEY, {"name": name, "credential": made, "passwordless": "on"})
    assert answer.status_code in {201, 302}, answer.content.decode()
    return key


def test_the_page_says_that_it_is_off_and_how_to_turn_it_on(browser):
    page = browser.get(PAGE).content.decode()
    assert "Your password alone lets in whoever knows it" in page
    assert "Set up an app" in page
    assert "Second step: off" in browser.get(reverse("account_page")).content.decode()


def test_setting_up_asks_for_the_password_once_more(person):
    client = Client(SERVER_NAME="localhost")
    sign_in(client, person)
    answer = client.get(APP)
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("account_reauthenticate"))


def test_with_an_app_the_password_alone_lets_nobody_in(browser, person):
    secret = with_app(browser)
    other = Client(SERVER_NAME="localhost")
    answer = sign_in(other, person)
    assert answer["Location"] == STEP
    assert other.get("/").status_code == 302
    wrong = other.post(STEP, {"code": "000000"})
    assert wrong.status_code == 422
    assert "This code is not right, or its time is over." in wrong.content.decode()
    code = code_for(secret)
    assert other.post(STEP, {"code": f"{code[:3]} {code[3:]}"}).status_code == 302
    assert other.get("/").status_code == 200


def test_a_code_works_once(browser, person):
    secret = with_app(browser)
    code = code_for(secret)
    first, second = Client(), Client()
    for client in (first, second):
        sign_in(client, person)
    assert first.post(STEP, {"code": code}).status_code == 302
    assert second.post(STEP, {"code": code}).status_code == 422


def test_a_code_ends_with_its_half_minute(browser, person, settings):
    secret = with_app(browser)
    settings.MFA_TOTP_TOLERANCE = doors.MFA_TOTP_TOLERANCE
    client = Client()
    sign_in(client, person)
    # Remembered as used for half a minute alone: good for longer, it would work twice.
    assert client.post(STEP, {"code": code_for(secret, -1)}).status_code == 422
    assert client.get("/").status_code == 302


def test_guessing_codes_is_slowed_down(browser, person):
    secret = with_app(browser)
    thief = Client()
    sign_in(thief, person)
    for number in range(10):
        thief.post(STEP, {"code": f"{number:06}"})
    answer = thief.post(STEP, {"code": code_for(secret)})
    assert answer.status_code in {422, 429}
    assert thief.get("/").status_code == 302


def test_no_second_step_is_taken_where_too_much_was_guessed(browser, person):
    _, codes = set_up(browser)
    key = with_passkey(browser)
    client = Client(SERVER_NAME="localhost")
    sign_in(client, person)
    right = [
        (STEP, {"code": codes[0]}),
        (STEP, {"credential": json.dumps(key.used(asked_at_step(client)))}),
    ]
    for number in range(10):
        form = {"login": f"person{number}@example.org", "password": "a guess"}
        Client().post(reverse("account_login"), form)
    assert [client.post(path, form).status_code for path, form in right] == [422, 422]
    elsewhere = {"REMOTE_ADDR": "192.0.2.7"}
    assert client.post(*right[0], **elsewhere).status_code == 302


def test_a_wrong_code_sets_up_nothing(browser, person):
    browser.get(APP)
    answer = browser.post(APP, {"code": "123"})
    assert answer.status_code == 422
    assert 'value="123"' in answer.content.decode()
    assert not Authenticator.objects.filter(user=person).exists()


def test_recovery_codes_are_shown_once_and_each_lets_in_once(browser, person):
    _, codes = set_up(browser)
    assert len(codes) == len(set(codes)) == 10
    again = browser.get(CODES).content.decode()
    assert codes_on(again) == []
    assert "10 of 10 are left" in again
    first, second = Client(), Client()
    sign_in(first, person)
    assert first.post(STEP, {"code": codes[0]}).status_code == 302
    assert first.get("/").status_code == 200
    sign_in(second, person)
    wrong = second.post(STEP, {"code": codes[0]})
    assert wrong.status_code == 422
    assert "This code is not right" in wrong.content.decode()
    assert second.post(STEP, {"code": codes[9].replace(" ", "-")}).status_code == 302
    assert "8 of ten are left" in browser.get(PAGE).content.decode()


def test_whoever_turned_an_app_on_twice_is_led_to_making_the_codes_they_did_not_see(browser):
    secret, _ = set_up(browser)
    assert browser.get(APP)["Location"] == PAGE
    assert browser.post(APP, {"code": code_for(secret)})["Location"] == PAGE
    page = browser.get(PAGE).content.decode()
    assert "If you have not seen its recovery codes, make new ones." in page
    assert "10 of ten are left" in page
    assert NEW_CODES in page


def test_a_recovery_code_shows_who_one_is_as_well(browser, person):
    _, codes = set_up(browser)
    client = Client()
    sign_in(client, person)
    client.post(STEP, {"code": codes[3]})
    old = client.session.session_key
    again = reverse("mfa_reauthenticate")
    assert client.post(again, {"code": codes[3]}).status_code == 422
    assert client.post(again, {"code": codes[4]}).status_code == 302
    assert client.session.session_key != old


def test_of_recovery_codes_slow_hashes_alone_are_kept(browser, person, settings):
    settings.PASSWORD_HASHERS = doors.PASSWORD_HASHERS
    codes = recovery.make(person)
    row = Authenticator.objects.get(type=recovery.KIND)
    kept = json.dumps(row.data)
    assert all(code not in kept and code[1:] not in kept for code in codes)
    assert all(one.startswith("pbkdf2_sha256$") for one in row.data["hashes"])
    assert len({one.split("$")[2] for one in row.data["hashes"]}) == 10, "a salt each"
    assert recovery.use(person, codes[7]) == row
    assert recovery.use(person, codes[7]) is None
    assert recovery.use(person, f"6{codes[5][1:]}") is None


@pytest.mark.parametrize("code", ["", "000000000", "12345678", "1234567890", "٣٣٣٣٣٣٣٣٣", "x" * 9])
def test_nonsense_is_no_recovery_code(browser, person, code):
    set_up(browser)
    client = Client()
    sign_in(client, person)
    assert client.post(STEP, {"code": code}).status_code == 422
    assert client.get("/").status_code == 302


def test_guessing_recovery_codes_is_slowed_down(browser, person):
    _, codes = set_up(browser)
    thief = Client()
    sign_in(thief, person)
    for number in range(10):
        thief.post(STEP, {"code": f"{number:09}"})
    assert thief.post(STEP, {"code": codes[0]}).status_code in {422, 429}
    assert thief.get("/").status_code == 302


def test_codes_have_twenty_bits_and_more(browser, person, mailoutbox):
    """A mailed code is of some twenty signs, a recovery code of eight digits, both drawn anew."""
    _, codes = set_up(browser)
    assert all(len(code.replace(" ", "")) == 9 for code in codes)
    for _ in range(3):
        cache.clear()
        Client().post(reverse("account_request_login_code"), {"email": person.email})
    mailed = [
        re.search(r"\n\n(\S+)\n\n", one.body)[1] for one in mailoutbox if "code to" in one.subject
    ]
    assert len(set(mailed)) == 3
    # Letters and digits that are not mistaken for one another: 20 of them, six or more, is 25 bits.
    assert all(re.fullmatch(r"[A-Z0-9]{3,}-[A-Z0-9]{3,}", one) for one in mailed)


def test_new_recovery_codes_void_those_from_before(browser, person):
    _, old = set_up(browser)
    assert "The 10 that you have are void then." in browser.get(NEW_CODES).content.decode()
    new = codes_on(browser.post(NEW_CODES).content.decode())
    assert len(new) == 10
    assert not set(old) & set(new)
    client = Client()
    sign_in(client, person)
    assert client.post(STEP, {"code": old[0]}).status_code == 422
    assert client.post(STEP, {"code": new[0]}).status_code == 302


def test_where_setting_up_ended_before_there_were_codes_they_can_be_made(browser, person):
    set_up(browser)
    Authenticator.objects.filter(user=person, type=Authenticator.Type.RECOVERY_CODES).delete()
    page = browser.get(reverse("mfa_index")).content.decode()
    assert "You have none." in page
    assert reverse("mfa_generate_recovery_codes") in page
    made = browser.post(reverse("mfa_generate_recovery_codes")).content.decode()
    assert len(codes_on(made)) == 10


def test_turned_off_the_password_does_again(browser, person):
    with_app(browser)
    assert browser.post(APP_OFF).status_code == 302
    client = Client()
    assert sign_in(client, person)["Location"] == "/"
    assert browser.get(APP_OFF)["Location"] == PAGE
    assert browser.get(CODES)["Location"] == PAGE


def test_a_passkey_signs_in_alone(browser, person):
    key = with_passkey(browser)
    assert "My telephone" in browser.get(PAGE).content.decode()
    client = Client(SERVER_NAME="localhost")
    asked = client.get(PASSKEY_SIGN_IN, headers={"Accept": "application/json"}).json()
    used = json.dumps(key.used(asked["request_options"]))
    assert client.post(PASSKEY_SIGN_IN, {"credential": used}).status_code == 302
    assert client.get("/").status_code == 200
    # What was heard once is worth nothing to whoever heard it.
    thief = Client(SERVER_NAME="localhost")
    thief.get(PASSKEY_SIGN_IN, headers={"Accept": "application/json"})
    thief.post(PASSKEY_SIGN_IN, {"credential": used})
    assert thief.get("/").status_code == 302


def asked_at_step(client: Client) -> dict[str, Any]:
    """Return what the page of the second step asks a passkey for."""
    page = client.get(STEP).content.decode()
    options = json.loads(re.search(r'id="js_data"[^>]*>(.*?)</script>', page).group(1))
    asked: dict[str, Any] = options["request_options"]
    return asked


@pytest.mark.parametrize("flags", [FLAGS, TOUCHED])
def test_a_passkey_is_the_step_after_the_password(browser, person, flags):
    key = with_passkey(browser)
    client = Client(SERVER_NAME="localhost")
    assert sign_in(client, person)["Location"] == STEP
    used = json.dumps(key.used(asked_at_step(client), flags))
    assert client.post(STEP, {"credential": used}).status_code == 302
    assert client.get("/").status_code == 200


@pytest.mark.parametrize(("flags", "status"), [(TOUCHED, 302), (FLAGS, 200)])
def test_a_stolen_key_that_is_only_touched_signs_nobody_in(browser, person, flags, status):
    """Not with what the second step of another account asked either, where a touch is enough."""
    key = with_passkey(browser)
    own = Client(SERVER_NAME="localhost")
    thief = User.objects.create_user("eve@example.org", PASSWORD, name="Eve")
    sign_in(own, thief)
    own.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    with_passkey(own)
    client = Client(SERVER_NAME="localhost")
    sign_in(client, thief)
    asked = asked_at_step(client)
    assert asked["publicKey"]["userVerification"] == "preferred"
    # Which drops the sign-in that was begun.
    client.get(reverse("account_signup"))
    client.post(PASSKEY_SIGN_IN, {"credential": json.dumps(key.used(asked, flags))})
    assert client.get("/").status_code == status


def test_a_passkey_made_for_another_site_opens_nothing(browser, person):
    key = with_passkey(browser)
    client = Client(SERVER_NAME="localhost")
    asked = client.get(PASSKEY_SIGN_IN, headers={"Accept": "application/json"}).json()
    asked["request_options"]["publicKey"]["rpId"] = "evil.example"
    used = json.dumps(key.used(asked["request_options"]))
    client.post(PASSKEY_SIGN_IN, {"credential": used})
    assert client.get("/").status_code == 302


@pytest.mark.parametrize(
    "nonsense",
    [
        *("", "null", "5", "[]", "{}", '"x"', '{"id": 5}', '{"response": 5}', "{{", "[" * 100_000),
        '{"id": "AA", "rawId": "AA", "response": {"clientDataJSON": "e30"}}',
        '{"id": "AA", "rawId": "AA", "response": {"clientDataJSON": "e30", "signature": "AA", '
        '"authenticatorData": "AA", "attestationObject": "oA", "userHandle": "MQ"}}',
    ],
)
@pytest.mark.parametrize("path", [PASSKEY_SIGN_IN, NEW_PASSKEY, f"{PAGE}passkeys/again/"])
def test_nonsense_is_no_passkey(browser, person, path, nonsense):
    with_passkey(browser)
    client = Client(SERVER_NAME="localhost") if path == PASSKEY_SIGN_IN else browser
    client.get(path, headers={"Accept": "application/json"})
    answer = client.post(path, {"credential": nonsense, "name": "x"})
    assert answer.status_code in {302, 422}
    assert Authenticator.objects.filter(type=Authenticator.Type.WEBAUTHN).count() == 1
    if client is not browser:
        assert client.get("/").status_code == 302


def test_a_passkey_is_renamed_and_removed(browser, person):
    with_passkey(browser)
    key = Authenticator.objects.get(type=Authenticator.Type.WEBAUTHN)
    name = reverse("mfa_edit_webauthn", args=(key.pk,))
    assert browser.post(name, {"name": " "}).status_code == 422
    assert browser.post(name, {"name": "Ring"}).status_code == 302
    assert "Ring" in browser.get(PAGE, follow=True).content.decode()
    remove = reverse("mfa_remove_webauthn", args=(key.pk,))
    assert "Remove Ring?" in browser.get(remove).content.decode()
    assert browser.post(remove).status_code == 302
    assert not Authenticator.objects.filter(type=Authenticator.Type.WEBAUTHN).exists()


def test_where_browsers_allow_no_passkeys_the_page_says_so(person):
    client = Client(SERVER_NAME="127.0.0.1")
    sign_in(client, person)
    page = client.get(PAGE).content.decode()
    assert "Browsers allow passkeys under a name with https only" in page
    assert "Add a passkey" not in page
    assert "Sign in with a passkey" not in Client(SERVER_NAME="127.0.0.1").get("/", follow=True)


@pytest.mark.django_db(transaction=True)
def test_every_change_is_told_by_mail(browser, person):
    with_app(browser)
    with_passkey(browser)
    browser.post(NEW_CODES)
    browser.post(APP_OFF)
    assert [letter.subject for letter in mail.outbox] == [
        "Storyboard: An app was set up for your account",
        "Storyboard: A passkey was added to your account",
        "Storyboard: New recovery codes for your account",
        "Storyboard: The app was turned off for your account",
    ]
    assert all(letter.to == [person.email] for letter in mail.outbox)
    assert all("It was not you?" in letter.body for letter in mail.outbox)


def test_what_opens_an_account_is_nowhere_on_its_own_pages(browser, person):
    secret = with_app(browser)
    browser.get(CODES)
    with_passkey(browser)
    for path in (PAGE, CODES, reverse("account_page"), reverse("account_export")):
        page = browser.get(path).content.decode()
        assert secret not in page
        assert not codes_on(page)
