"""Accounts, teams, roles and invitations; `access` is the only permission code."""
