"""The sample project that a new account finds: the service's own example, ready to render."""

from __future__ import annotations

from django.db import transaction

from storyboard.people.models import Team, User
from storyboard.stories.models import Project, Scene

TITLE = "The Little Match Girl"
FRAMES = 32
PROMPTS = (
    "In the wintry dusk, a little girl holds matches tightly.",
    "A little girl, barefoot on the frosty pavement, seeks solace.",
    "A little girl with each match experiences a fleeting dance of warmth and hope.",
    "In the quiet night, a little girl's silent story unfolds.",
)
NEGATIVE_PROMPT = (
    "nsfw, ng_deepnegative_v1_75t, badhandv4, (worst quality:2), (low quality:2), "
    "(normal quality:2), lowres, ((monochrome)), ((grayscale)), watermark"
)


@transaction.atomic
def create_sample(team: Team, user: User) -> Project:
    """Create the four scenes of the service's example (novita-api.md, section 1)."""
    project = Project.objects.create(
        team=team, title=TITLE, created_by=user, negative_prompt=NEGATIVE_PROMPT
    )
    Scene.objects.bulk_create(
        Scene(project=project, position=position, prompt=prompt, frames=FRAMES)
        for position, prompt in enumerate(PROMPTS)
    )
    return project
