"""OFX at the bank: one endpoint for each brand that speaks it, with sign-on, challenges and statements."""
