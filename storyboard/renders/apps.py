from django.apps import AppConfig


class RendersConfig(AppConfig):
    name = "storyboard.renders"
    label = "renders"
    default_auto_field = "django.db.models.BigAutoField"
