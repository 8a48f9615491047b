"""The look of a project, and the catalogue it is chosen from."""
