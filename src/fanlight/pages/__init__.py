"""The pages a person's browser sees: the ends of the OAuth window, and the API's documentation."""
