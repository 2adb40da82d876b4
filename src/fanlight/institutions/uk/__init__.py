"""UK Open Banking: the account information interface of the Read/Write standard, versions 3.1 and 4.0."""
