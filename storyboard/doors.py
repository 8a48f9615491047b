"""Settings of the doors: how one signs in, with what, and how that is changed."""

from __future__ import annotations

AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
# Of any characters, and for as long as its owner likes; what is guessed first is refused.
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "storyboard.people.passwords.LeakedPasswords"},
    {"NAME": "storyboard.people.passwords.OwnWords"},
]
# A million rounds of SHA-256; others, once they are approved, are added before it, and a password
# is hashed anew when its owner signs in.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "project_list"
ACCOUNT_ADAPTER = "storyboard.people.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "storyboard.people.forms.NameForm"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = True
# A mailed code instead of the password; the second step, where there is one, comes after it.
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 10 * 60
ACCOUNT_FORMS = {
    "request_login_code": "storyboard.people.code_forms.AskForCodeForm",
    "confirm_login_code": "storyboard.people.code_forms.MailedCodeForm",
}
PASSWORD_RESET_TIMEOUT = 24 * 3600
# A letter to the owner of the mailbox for every change of how one signs in.
ACCOUNT_EMAIL_NOTIFICATIONS = True
MFA_ADAPTER = "storyboard.people.second_step.SecondStepAdapter"
# Recovery codes are our own: see storyboard/people/recovery.py.
MFA_SUPPORTED_TYPES = ["totp", "webauthn"]
MFA_FORMS = {
    "authenticate": "storyboard.people.second_step_forms.SecondStepForm",
    "reauthenticate": "storyboard.people.second_step_forms.SecondStepAgainForm",
    "activate_totp": "storyboard.people.second_step_forms.AppForm",
    "add_webauthn": "storyboard.people.second_step_forms.PasskeyForm",
    "authenticate_webauthn": "storyboard.people.second_step_forms.PasskeyStepForm",
    "login_webauthn": "storyboard.people.second_step_forms.PasskeySignInForm",
    "reauthenticate_webauthn": "storyboard.people.second_step_forms.PasskeyAgainForm",
    "edit_webauthn": "storyboard.people.second_step_forms.PasskeyNameForm",
}
MFA_PASSKEY_LOGIN_ENABLED = True
# A code of an app is good for its own half minute, as long as allauth remembers that it was used.
MFA_TOTP_TOLERANCE = 0
# Addresses are not verified where no mail is sent, and nobody shall go without for it.
MFA_ALLOW_UNVERIFIED_EMAIL = True

# Beside allauth's own, by which guessing is slowed down. None is longer than five minutes, which
# is what the page of a closed door says. What an installation renders is held by its own limits.
ACCOUNT_RATE_LIMITS = {
    "invite": "20/300s/user",
    "begin": "60/300s/user",
    # Asked for by a button, never by typing.
    "preview": "60/300s/user",
    "render": "300/60s/user",
    "film": "30/300s/user",
    "export": "20/300s/user",
    "codes": "5/300s/user",
    "miss": "30/300s/ip",
    # Wrong ones by where they come from: an action of its own, for allauth forgets all rates of
    # `login_failed` at a right second step and a new password.
    "guess": "10/60s/ip",
    # Second steps of one account; passwords of one mailbox from one place.
    "login_failed": "5/300s/key",
    # From all places, where several must join to keep an owner out who is at another.
    "mailbox": "20/300s/key",
    # Letters to one mailbox: asked for from one place at any door, and at one door from all.
    "letter": "3/300s/key",
    "newcomer": "10/300s/key",
    "request_login_code": "20/60s/ip,10/300s/key",
    "reset_password": "20/60s/ip,10/300s/key",
}
