"""How Django writes times by itself."""
