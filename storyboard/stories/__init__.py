"""Projects, their scenes, cuts and the frame budget; the editor."""
