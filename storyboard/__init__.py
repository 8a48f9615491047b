"""Storyboard: a web studio in which writers turn a story into short generated films."""
