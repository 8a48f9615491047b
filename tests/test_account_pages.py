"""Signing in and out, ended sessions, and every page of an account in our own design."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from django.core import mail
from django.core.cache import cache
from django.template.loader import get_template
from django.test import Client
from django.urls import reverse

PASSWORD = "a long password"


@pytest.fixture(autouse=True)
def fresh_rate_limits(db):
    cache.clear()


def sign_in(user, *, browser=None, password=PASSWORD, **data):
    data |= {"login": user.email, "password": password}
    return (browser or Client()).post(reverse("account_login"), data)


def test_signing_in_leads_to_the_stories(owner):
    answer = sign_in(owner)
    assert (answer.status_code, answer["Location"]) == (302, reverse("project_list"))


def test_a_session_that_was_there_before_is_not_signed_in(owner):
    browser = Client()
    browser.get(reverse("account_login"))
    session = browser.session
    session["planted"] = True
    session.save()
    browser.cookies[settings.SESSION_COOKIE_NAME] = planted = session.session_key
    sign_in(owner, browser=browser)
    assert browser.cookies[settings.SESSION_COOKIE_NAME].value != planted
    other = Client()
    other.cookies[settings.SESSION_COOKIE_NAME] = planted
    assert other.get(reverse("project_list")).status_code == 302


def test_a_wrong_password_says_so_beside_what_was_typed(owner):
    answer = sign_in(owner, password="something else")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "do not belong together" in page
    assert owner.email in page
    assert "something else" not in page


def test_signing_out_ends_the_session(owner, signed_in):
    browser = signed_in(owner)
    assert "Sign out?" in browser.get(reverse("account_logout")).content.decode()
    assert browser.post(reverse("account_logout"))["Location"] == reverse("account_login")
    assert browser.get("/").status_code == 302


def test_an_account_that_was_switched_off_cannot_come_in(owner, signed_in):
    browser = signed_in(owner)
    owner.is_active = False
    owner.save()
    assert browser.get("/").status_code == 302
    answer = sign_in(owner)
    assert answer.status_code in (302, 422)
    assert "switched off" in Client().get(reverse("account_inactive")).content.decode()


@pytest.mark.parametrize(
    "evil",
    [
        "https://evil.test/",
        "//evil.test",
        "///evil.test",
        "/\\evil.test",
        "\\\\evil.test",
        "https:evil.test",
        "http:///evil.test",
        "/\t/evil.test",
        "\t//evil.test",
        "javascript:alert(1)",
        "http://testserver.evil.test/",
        "http://testserver@evil.test/",
        "http://localhost:9999/",
    ],
)
def test_signing_in_never_leads_to_another_site(owner, evil):
    assert sign_in(owner, next=evil)["Location"] == reverse("project_list")


def test_signing_in_leads_back_to_the_page_asked_for(owner):
    assert sign_in(owner, next="/teams/5/?q=a b")["Location"] == "/teams/5/?q=a%20b"


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(
    ("page", "back"),
    [
        ("http://testserver/projects/5/?q=fox", "/projects/5/?q=fox"),
        ("http://evil.test/projects/5/", ""),
        ("http://testserver//evil.test/", ""),
        ("nonsense", ""),
        ("", ""),
    ],
)
def test_an_ended_session_takes_the_whole_page_to_sign_in(owner, story, method, page, back):
    url = reverse("project_detail", args=(story.project.pk,))
    headers = {"HX-Request": "true", "HX-Current-URL": page}
    answer = getattr(Client(), method)(url, headers=headers)
    query = {"next": back} if back else None
    assert answer.status_code == 200
    assert answer["HX-Redirect"] == reverse("account_login", query=query)
    assert answer.content == b""


def test_a_write_without_script_comes_back_to_the_page_it_was_made_on(owner, story):
    url = reverse("project_rename", args=(story.project.pk,))
    page = f"/projects/{story.project.pk}/"
    answer = Client().post(url, headers={"Referer": f"http://testserver{page}"})
    assert answer["Location"] == reverse("account_login", query={"next": page})
    answer = Client().post(url, headers={"Referer": "http://evil.test/"})
    assert "evil" not in answer["Location"]


def test_whoever_signs_out_is_not_led_back_to_where_they_were(owner, signed_in, story):
    page = f"http://testserver/projects/{story.project.pk}/"
    answer = signed_in(owner).post(reverse("account_logout"), headers={"Referer": page})
    assert answer["Location"] == reverse("account_login")


def test_a_fragment_for_someone_signed_in_is_left_alone(owner, signed_in):
    answer = signed_in(owner).get("/", headers={"HX-Request": "true"})
    assert "HX-Redirect" not in answer


@pytest.mark.parametrize(
    "name",
    [
        "account_login",
        "account_reset_password",
        "account_reset_password_done",
        "account_reset_password_from_key_done",
        "account_inactive",
        "account_signup",
    ],
)
def test_every_page_outside_wears_our_design(owner, name):
    page = Client().get(reverse(name)).content.decode()
    assert 'class="gate__sheet' in page
    assert "style=" not in page


@pytest.mark.parametrize(
    "name", ["account_logout", "account_change_password", "account_reauthenticate"]
)
def test_every_page_inside_wears_our_design(owner, signed_in, name):
    page = signed_in(owner).get(reverse(name), follow=True).content.decode()
    assert 'class="gate__sheet' in page
    assert "style=" not in page


def test_each_field_has_its_label_and_says_what_belongs_in_it(owner):
    page = Client().get(reverse("account_login")).content.decode()
    for field in re.findall(r"<input type=\"(?:email|password)\"[^>]*>", page):
        name = re.search(r'id="([^"]+)"', field).group(1)
        assert f'<label for="{name}">' in page
        assert "autocomplete=" in field
        assert "placeholder" not in field
    assert page.count("autofocus") == 1


def test_a_forgotten_password_is_set_anew_by_a_link_that_works_once(owner, settings):
    settings.PUBLIC_URL = "https://stories.example.org"
    answer = Client().post(reverse("account_reset_password"), {"email": owner.email})
    assert answer["Location"] == reverse("account_reset_password_done")
    letter = mail.outbox[0]
    assert letter.subject == "Storyboard: set a new password"
    link = re.search(r"https://stories\.example\.org(/\S+)", letter.body).group(1)
    browser = Client()
    form = browser.get(link, follow=True)
    new = {"password1": "seven paper boats", "password2": "seven paper boats"}
    answer = browser.post(form.redirect_chain[-1][0], new, follow=True)
    assert "Your password is set" in answer.content.decode()
    assert sign_in(owner, password="seven paper boats").status_code == 302
    assert "works no more" in Client().get(link, follow=True).content.decode()


def test_a_link_to_set_a_new_password_works_for_a_day(owner, settings):
    Client().post(reverse("account_reset_password"), {"email": owner.email})
    link = re.search(r"http://testserver(/\S+)", mail.outbox[0].body).group(1)
    assert settings.PASSWORD_RESET_TIMEOUT == 24 * 3600
    assert "works no more" not in Client().get(link, follow=True).content.decode()
    settings.PASSWORD_RESET_TIMEOUT = -1
    assert "works no more" in Client().get(link, follow=True).content.decode()


def test_a_reset_link_names_our_own_site_only(owner, settings):
    settings.ALLOWED_HOSTS = ["testserver"]
    url = reverse("account_reset_password")
    answer = Client(headers={"Host": "evil.test"}).post(url, {"email": owner.email})
    assert answer.status_code == 400
    assert not mail.outbox


def test_an_installation_without_mail_says_where_the_link_is(owner, settings):
    settings.EMAIL_BACKEND = "storyboard.people.outbox.PrintAndKeep"
    page = Client().get(reverse("account_reset_password")).content.decode()
    assert "No mail server is set here" in page


def test_a_changed_password_ends_the_other_sessions(owner, signed_in):
    here, elsewhere = signed_in(owner), signed_in(owner)
    new = {
        "oldpassword": PASSWORD,
        "password1": "seven paper boats",
        "password2": "seven paper boats",
    }
    assert here.post(reverse("account_change_password"), new).status_code == 302
    assert here.get("/").status_code == 200
    assert elsewhere.get("/").status_code == 302


def test_guessing_a_password_is_slowed_down(owner):
    for _ in range(5):
        assert "do not belong together" in sign_in(owner, password="no").content.decode()
    assert "tried too often" in sign_in(owner).content.decode()


@pytest.mark.parametrize(
    "url", ["/nothing/", "/join/nonsense/", "/accounts/nowhere/", "/accounts/email/", "/teams/0/"]
)
def test_a_missing_page_is_plain(owner, signed_in, url):
    answer = signed_in(owner).get(url)
    assert answer.status_code == 404
    assert "There is nothing here" in answer.content.decode()


def test_a_refusal_says_why_and_what_to_do(viewer, signed_in, team):
    answer = signed_in(viewer).post(reverse("team_rename", args=(team.pk,)))
    assert answer.status_code == 403
    page = answer.content.decode()
    assert "Your role does not let you manage the team." in page
    assert "Nothing was changed" in page


def test_a_page_open_too_long_says_so(owner):
    browser = Client(enforce_csrf_checks=True)
    answer = browser.post(reverse("account_login"), {"login": owner.email, "password": PASSWORD})
    assert answer.status_code == 403
    assert "open too long" in answer.content.decode()


def test_the_pages_of_last_resort_need_nothing():
    for name in ("500.html", "503.html", "413.html", "400.html"):
        page = get_template(name).render()
        assert "Go to your stories" in page
        assert "{" not in page
