from django.apps import AppConfig


class StoriesConfig(AppConfig):
    name = "storyboard.stories"
    label = "stories"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # A model beside the models, and the receiver that greets a new account with the sample.
        from storyboard.stories import presence, welcome  # noqa: F401
