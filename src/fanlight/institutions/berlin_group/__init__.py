"""Berlin Group NextGenPSD2 (XS2A) 1.3, account information: the standard of most banks in the European Union."""
