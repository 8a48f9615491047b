"""The web as the server loads it, dying where FAULTS_DIE_AT says; see `faults.doomed`."""

from __future__ import annotations

from faults.doomed import arm
from storyboard.wsgi import application as application

arm()
