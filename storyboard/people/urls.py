"""The addresses of this room: one address, one act; every write is a POST."""

from __future__ import annotations

from django.urls import include, path

from storyboard.people.views import accounts, invitations, teams

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
    path("accounts/login/", accounts.SignInView.as_view(), name="account_login"),
    path("accounts/signup/", accounts.SignUpView.as_view(), name="account_signup"),
    path("accounts/", include("allauth.urls")),
    path("teams/new/", teams.team_create, name="team_create"),
    path("teams/<int:pk>/", include(team_urls)),
    path("memberships/<int:pk>/", include(membership_urls)),
    path("invitations/<int:pk>/revoke/", invitations.invitation_revoke, name="invitation_revoke"),
    path("join/<str:token>/", include(join_urls)),
]
