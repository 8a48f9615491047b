from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in


class PeopleConfig(AppConfig):
    name = "storyboard.people"
    label = "people"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from storyboard.people import sign_ins, signed_in

        sign_ins.listen()
        user_logged_in.connect(signed_in.begin, dispatch_uid="storyboard.people.signed_in")
