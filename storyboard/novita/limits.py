"""The limits of the text-to-video API, each written once (novita-api.md, section 1).

Forms, models, the client, the engine and the page's own script all read them here.
Frames are counted in frames, prompts in characters, sizes in pixels.
"""

from __future__ import annotations

CLIP_FRAMES_MAX = 128
FRAMES_MIN = 8
FRAMES_MAX = 64
SCENES_PER_CLIP_MAX = CLIP_FRAMES_MAX // FRAMES_MIN

PROMPT_MIN = 1
PROMPT_MAX = 1024

SIDE_MIN = 256
SIDE_MAX = 1024
STEPS_MIN = 1
STEPS_MAX = 50
GUIDANCE_MIN = 1.0
GUIDANCE_MAX = 30.0
CLIP_SKIP_MIN = 1
CLIP_SKIP_MAX = 12
# The API names no upper bound; -1 asks for a random seed. Ours is what a signed 64-bit
# column of every supported database holds.
SEED_RANDOM = -1
SEED_MAX = 2**63 - 1

LORAS_MAX = 5
EMBEDDINGS_MAX = 5
STRENGTH_MIN = 0.0
STRENGTH_MAX = 1.0

VIDEO_TYPES = ("mp4", "gif")
