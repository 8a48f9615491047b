"""What asks after the installation itself, not after a story."""
