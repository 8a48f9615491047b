"""The built-in engine: the same API, served from this machine; draws animatics."""
