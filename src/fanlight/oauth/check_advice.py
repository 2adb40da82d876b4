"""What to do about each thing that can be wrong with an institution, in plain words for whoever runs this server."""

from fanlight.institutions.answers import Said, Saying

_PRIVATE = (
    "allow_private = true in the entry, and the setting allow_private_institutions, let an institution be on a private "
    "address; metadata and link-local addresses never."
)
_UNKNOWN_AUTHORITY = (
    "The authority is not one that this system knows: a private one is named by ca_file in the entry, a public one has "
    "to send its intermediate certificates too."
)
_CONNECTIONS = {
    "is not a public one": _PRIVATE,
    "over https only": "Give the https address.",
    "name is not known": "Compare the host in the entry with the institution's documents; look at this machine's DNS.",
    "self-signed": "A private installation's own authority is named by ca_file in the entry; a public one must renew.",
    "local issuer": _UNKNOWN_AUTHORITY,
    "mismatch": "The certificate is for another name: is the host in the entry the right one?",
    "expired": "The certificate has ended: the institution has to renew it.",
    "cannot connect": "Nothing listens there, or something on the way stops it: look at the port and at firewalls.",
}
_SAYINGS = {
    Saying.UNAVAILABLE: "Try again later; if it stays so, ask the institution.",
    Saying.UNKNOWN_OUTCOME: "The answer broke off or took too long (setting institution_timeout).",
    Saying.THROTTLED: "Too many requests: try again later.",
    Saying.GIBBERISH: "What answers there is not what the entry says: compare its addresses.",
    Saying.TOO_MUCH: "The answer is larger than any that is taken (setting institution_max_bytes).",
    Saying.CLIENT_REFUSED: "Compare the entry with what is registered at the institution.",
}
_UNSIGNED = (
    "The signed request is not taken: is the key of `fanlight institution jwks {code}` registered, and "
    "request_object_signing_alg the right one?"
)
_REFUSED_REQUEST = (
    "The client is known, the request is not taken: is {redirect_uri} registered at the institution, and is that where "
    "people reach this server (setting public_url)?"
)
_OAUTH = {
    "invalid_redirect_uri": "The client is known. Register {redirect_uri} at the institution.",
    "invalid_request": _REFUSED_REQUEST,
    "invalid_scope": "The client is known. Compare `scope` in [oauth] with what it may ask for.",
    "unauthorized_client": "The client is known, but not registered for the authorization code flow.",
    "invalid_dpop_proof": "The proof of possession is not taken: look at this machine's clock.",
    "invalid_request_object": _UNSIGNED,
    "invalid_authorization_details": "Compare the consent lines of the entry with what the institution takes.",
}
_REGISTERED = "The server refuses this client: compare client_id and the secret with what the institution gave."
_BY_KEY = (
    "The server refuses this client: register the keys of `fanlight institution jwks {code}`, and compare client_id; "
    'some servers want client_assertion_audience = "token_endpoint".'
)
_METHODS = {
    "client_secret_basic": _REGISTERED,
    "client_secret_post": _REGISTERED,
    "private_key_jwt": _BY_KEY,
    "tls_client_auth": "The server refuses this client: compare client_id and the certificate's subject.",
    "self_signed_tls_client_auth": "The server refuses this client: register the certificate, and compare client_id.",
}


def of_said(said: Said) -> str:
    """What to do about a connection or an answer that failed."""
    found = next((advice for part, advice in _CONNECTIONS.items() if part in said.detail), None)
    return found or _SAYINGS.get(said.saying, "Ask the institution, with the time of this check.")


def of_refusal(code: str, method: str, said: Said) -> str:
    """What to do about an OAuth error; `{redirect_uri}` and `{code}` stand for the institution's own."""
    is_unknown = code == "invalid_client" or (code not in _OAUTH and said.saying is Saying.CLIENT_REFUSED)
    return _METHODS[method] if is_unknown and method in _METHODS else _OAUTH.get(code, of_said(said))


def of_data(status: int) -> str:
    """What to do about an address that answers a request without a token otherwise than it should."""
    if 300 <= status < 400:
        return "Redirects are not followed: give the final address."
    if status == 404:
        return "Compare the address of the data in the entry with the institution's documents: is the path whole?"
    if status < 300:
        return "The address gives data, or a page, to anybody: it is not that of an interface with people's accounts."
    return "The interface does not work at the moment, or not for this address."
