from django.apps import AppConfig


class StoriesConfig(AppConfig):
    name = "storyboard.stories"
    label = "stories"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Connects the receiver that greets a new account with the sample project.
        from storyboard.stories import welcome  # noqa: F401
