"""FDX, the data-sharing standard of the United States and Canada, versions 5 and 6."""
