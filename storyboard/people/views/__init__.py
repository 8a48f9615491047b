"""What browsers ask of accounts, teams and invitations."""
