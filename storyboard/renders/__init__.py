"""Renders and takes: the queue row, the poller, the take store, the player."""
