"""`fanlight serve`: the server alone, from settings."""

import sys

import click

from fanlight.cli import listening
from fanlight.cli.output import clear_failures, data_option, fail, json_option, settings_from, show
from fanlight.runtime import Runtime
from fanlight.server import Application
from fanlight.settings import Settings


@click.command()
@click.option("--host", help="Address to listen on [setting host].")
@click.option("--port", type=int, help="Port; 0 takes any free one [setting port].")
@click.option("--public-url", help="How browsers reach this server [setting public_url].")
@click.option("--tls-cert", help="Certificate chain, PEM [setting tls_cert].")
@click.option("--tls-key", help="Its key, PEM [setting tls_key].")
@click.option("--trusted-proxies", help="Addresses whose X-Forwarded-* are believed [setting trusted_proxies].")
@data_option
@json_option
@clear_failures
def serve(data_dir: str | None, *, as_json: bool, **flags: str | int | None) -> None:
    """Serve the Nexus, SSO and MDX faces and the OAuth pages."""
    settings = settings_from(data_dir=data_dir, **flags).settings
    listening.set_up_logging(settings.log_level)
    tls = _tls(settings)
    sock = listening.bind(settings.host, settings.port)
    if not settings.public_url and not listening.is_loopback(settings.host):
        click.echo("fanlight: public_url is not set; banks and browsers cannot come back to this address.", err=True)
    runtime = Runtime(settings)
    runtime.public_url = settings.public_url.rstrip("/") or listening.url_of(sock, tls=bool(tls))
    proxies = {"proxy_headers": bool(settings.trusted_proxies), "forwarded_allow_ips": settings.trusted_proxies or ""}
    server = listening.server_for(Application(runtime), **tls, **proxies)

    def ready() -> None:
        url = runtime.public_url
        result = {"nexus": url, "sso": f"{url}/sso", "mdx": f"{url}/mdx"}
        show(result, as_json=as_json, text=f"Fanlight serves {url} (docs at {url}/docs)")
        sys.stdout.flush()

    listening.run(listening.serve([(server, sock)], ready))


def _tls(settings: Settings) -> dict[str, str]:
    if bool(settings.tls_cert) != bool(settings.tls_key):
        fail("--tls-cert and --tls-key go together.")
    if not settings.tls_cert:
        return {}
    return {"ssl_certfile": settings.tls_cert, "ssl_keyfile": settings.tls_key}
