"""What Storyboard is built from: its packages and files, their licences, and their known faults."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
