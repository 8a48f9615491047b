"""What the parts cost, each beside the least that could do the same: `make bench`."""
