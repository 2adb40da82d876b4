"""OAuth from the client's side: windows that a person goes through, and the grants that come of them."""
