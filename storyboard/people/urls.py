"""The addresses of this room: one address, one act; every write is a POST."""

from __future__ import annotations

from allauth.account import views as allauth
from django.urls import include, path, re_path

from storyboard.people.views import account_page, accounts, invitations, teams

# /accounts/: of allauth's doors only those that lead somewhere here.
account_urls = [
    path("", account_page.account_page, name="account_page"),
    path("name/", account_page.account_name, name="account_name"),
    path("devices/end/", account_page.account_devices_end, name="account_devices_end"),
    path("login/", accounts.SignInView.as_view(), name="account_login"),
    path("signup/", accounts.SignUpView.as_view(), name="account_signup"),
    path("logout/", allauth.logout, name="account_logout"),
    path("inactive/", allauth.account_inactive, name="account_inactive"),
    path("reauthenticate/", allauth.reauthenticate, name="account_reauthenticate"),
    path("password/change/", allauth.password_change, name="account_change_password"),
    path("password/set/", allauth.password_set, name="account_set_password"),
    path("password/reset/", allauth.password_reset, name="account_reset_password"),
    path("password/reset/done/", allauth.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        allauth.password_reset_from_key,
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
    path("rename/", teams.team_rename, name="team_rename"),
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
