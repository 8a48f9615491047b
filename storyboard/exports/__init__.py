"""Films to keep: what a story is when it leaves Storyboard."""
