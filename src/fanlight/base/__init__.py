"""What every part may use: the standard library only, no Fanlight package."""
