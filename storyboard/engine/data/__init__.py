"""Pictures and words of the animatics, and the script that made them."""
