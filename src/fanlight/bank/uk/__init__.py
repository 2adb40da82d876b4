"""The UK room: account access consents and account information of the Read/Write standard, versions 3.1 and 4.0."""
