"""FDX 6 at the bank: the data that a client reads with an access token."""
