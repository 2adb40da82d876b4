"""OAuth at the bank: issuers, the window in which a customer consents, and the tokens that follow from it."""
