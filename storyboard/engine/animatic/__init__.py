"""Animatics: honest draft films, drawn from the words of a request alone."""

from storyboard.engine.animatic.film import draw

__all__ = ["draw"]
