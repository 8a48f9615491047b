"""Keeping an installation: its health, its figures, its logs, its backups."""
