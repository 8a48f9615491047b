from allauth.usersessions.apps import UserSessionsConfig
from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in


class PeopleConfig(AppConfig):
    default = True
    name = "storyboard.people"
    label = "people"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from storyboard.people import sign_ins, signed_in

        sign_ins.listen()
        user_logged_in.connect(signed_in.begin, dispatch_uid="storyboard.people.signed_in")


class DevicesConfig(UserSessionsConfig):  # type: ignore[misc]
    """allauth's list of devices, which would open all of a person's at each of their sign-ins.

    Those that an older signing key signed get another token by it, of which their browsers never
    hear: they would be signed out.
    """

    def ready(self) -> None:
        from allauth.account import signals
        from allauth.usersessions.signals import on_password_changed

        from storyboard.people.sessions import list_device

        signals.user_logged_in.connect(list_device)
        for signal in (signals.password_set, signals.password_changed):
            signal.connect(on_password_changed)
