"""OFX, the statement protocol that banks speak to personal finance programs, versions 1.0.2, 1.0.3 and 2.2."""
