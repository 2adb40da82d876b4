"""The pages of the bank: templates compiled once, one stylesheet, and the headers that every page carries."""

import hashlib
from collections.abc import Iterable
from importlib import resources

import jinja2

from fanlight.bank.brands import Brand
from fanlight.base.asgi import Response

# No form-action: Chromium applies it to the redirects after a form, and consent ends at the client's own address.
# No Cross-Origin-Opener-Policy: it would cut the opener of a window that the client opened.
_HEADERS = (
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (
        b"content-security-policy",
        b"default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
)


class Pages:
    """Renders pages; each one knows the bank's address and, except the index, its brand."""

    headers = _HEADERS

    def __init__(self) -> None:
        loader = jinja2.PackageLoader("fanlight.bank", "templates")
        self._templates = jinja2.Environment(
            loader=loader,
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._stylesheet = resources.files("fanlight.bank").joinpath("templates", "bank.css").read_bytes()
        self._version = hashlib.sha256(self._stylesheet).hexdigest()[:12]

    def show(
        self,
        template: str,
        base_url: str,
        brand: Brand | None = None,
        *,
        status: int = 200,
        headers: Iterable[tuple[bytes, bytes]] = (),
        **fields: object,
    ) -> Response:
        """A page as a response."""
        text = self._templates.get_template(template).render(
            brand=brand,
            base_url=base_url,
            issuer=f"{base_url}/{brand.code}" if brand else base_url,
            stylesheet=f"{base_url}/bank.css?v={self._version}",
            **fields,
        )
        return Response(status, text.encode(), [(b"content-type", b"text/html; charset=utf-8"), *_HEADERS, *headers])

    def stylesheet(self) -> Response:
        kind = (b"content-type", b"text/css; charset=utf-8")
        return Response(200, self._stylesheet, [kind, (b"cache-control", b"public, max-age=86400"), _HEADERS[2]])
