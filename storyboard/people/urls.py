"""The addresses of this room: one address, one act; every write is a POST."""

from __future__ import annotations

from allauth.account import views as allauth
from allauth.mfa.base import views as mfa
from allauth.mfa.webauthn import views as passkeys
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from storyboard.people.half_way import goes_on
from storyboard.people.signed_in import clears_browser, renews_token
from storyboard.people.views import (
    account_page,
    accounts,
    address,
    handing_over,
    invitations,
    second_step,
    teams,
)
from storyboard.people.views.accounts import refused_is_422

# /accounts/second-step/: allauth's names, on our page and in our templates.
second_step_urls = [
    path("", second_step.second_step, name="mfa_index"),
    path("sign-in/", goes_on(refused_is_422(mfa.authenticate)), name="mfa_authenticate"),
    path("again/", renews_token(refused_is_422(mfa.reauthenticate)), name="mfa_reauthenticate"),
    path("app/", second_step.AppOnView.as_view(), name="mfa_activate_totp"),
    path("app/off/", second_step.AppOffView.as_view(), name="mfa_deactivate_totp"),
    path("codes/", second_step.recovery_codes, name="mfa_view_recovery_codes"),
    path("codes/new/", second_step.recovery_codes_new, name="mfa_generate_recovery_codes"),
    path("passkeys/", RedirectView.as_view(pattern_name="mfa_index"), name="mfa_list_webauthn"),
    path("passkeys/new/", second_step.NewPasskeyView.as_view(), name="mfa_add_webauthn"),
    path("passkeys/sign-in/", accounts.PasskeySignInView.as_view(), name="mfa_login_webauthn"),
    path(
        "passkeys/again/",
        renews_token(second_step.PasskeyAgainView.as_view()),
        name="mfa_reauthenticate_webauthn",
    ),
    path(
        "passkeys/<int:pk>/name/",
        refused_is_422(passkeys.edit_webauthn),
        name="mfa_edit_webauthn",
    ),
    path("passkeys/<int:pk>/remove/", passkeys.remove_webauthn, name="mfa_remove_webauthn"),
]

# /accounts/: of allauth's doors only those that lead somewhere here.
account_urls = [
    path("", account_page.account_page, name="account_page"),
    path("name/", account_page.account_name, name="account_name"),
    path("address/", address.account_address, name="account_address"),
    path("address/<str:wish>/", address.account_address_confirm, name="account_address_confirm"),
    path("second-step/", include(second_step_urls)),
    path("devices/end/", account_page.account_devices_end, name="account_devices_end"),
    path("devices/<int:pk>/end/", account_page.account_device_end, name="account_device_end"),
    path("login/", accounts.SignInView.as_view(), name="account_login"),
    path("signup/", accounts.SignUpView.as_view(), name="account_signup"),
    path(
        "signup/<str:newcomer>/",
        accounts.SignUpByLetterView.as_view(),
        name="account_signup_by_letter",
    ),
    path(
        "code/",
        refused_is_422(accounts.AskForCodeView.as_view()),
        name="account_request_login_code",
    ),
    path(
        "code/enter/",
        goes_on(refused_is_422(allauth.confirm_login_code)),
        name="account_confirm_login_code",
    ),
    path("logout/", clears_browser(allauth.logout), name="account_logout"),
    path("inactive/", allauth.account_inactive, name="account_inactive"),
    path(
        "reauthenticate/",
        renews_token(refused_is_422(allauth.reauthenticate)),
        name="account_reauthenticate",
    ),
    path(
        "password/change/", refused_is_422(allauth.password_change), name="account_change_password"
    ),
    path("password/set/", refused_is_422(allauth.password_set), name="account_set_password"),
    path(
        "password/reset/",
        refused_is_422(accounts.AskForPasswordView.as_view()),
        name="account_reset_password",
    ),
    path("password/reset/done/", allauth.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        refused_is_422(allauth.password_reset_from_key),
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        allauth.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
]

# /teams/<pk>/
team_urls = [
    path("", teams.team_detail, name="team_detail"),
    path("activity/", teams.team_activity, name="team_activity"),
    path("rename/", teams.team_rename, name="team_rename"),
    path("hand-over/", handing_over.team_hand_over, name="team_hand_over"),
    path("invitations/", invitations.invitation_create, name="invitation_create"),
]

# /memberships/<pk>/
membership_urls = [
    path("role/", teams.membership_update, name="membership_update"),
    path("remove/", teams.membership_remove, name="membership_remove"),
]

# /join/<token>/
join_urls = [
    path("", invitations.invitation_show, name="invitation_show"),
    path("accept/", invitations.invitation_accept, name="invitation_accept"),
]

urlpatterns = [
    path("accounts/", include(account_urls)),
    path("teams/new/", teams.team_create, name="team_create"),
    path("teams/<int:pk>/", include(team_urls)),
    path("memberships/<int:pk>/", include(membership_urls)),
    path("invitations/<int:pk>/revoke/", invitations.invitation_revoke, name="invitation_revoke"),
    path("join/<slug:token>/", include(join_urls)),
]
