"""`serve` on https: the cookie gets its prefix, and only https is spoken."""

import datetime as dt
import ssl
from pathlib import Path

import httpx2
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from fanlight.oauth.attempts import cookie_name
from support.processes import run, started


def certificate(place: Path) -> tuple[Path, Path]:
    """A certificate for localhost, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    cert_path, key_path = place / "cert.pem", place / "key.pem"
    cert_path.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    no_password = serialization.NoEncryption()
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    key_path.write_bytes(key.private_bytes(encoding, form, no_password))
    return cert_path, key_path


def test_serving_on_https(tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    data = str(tmp_path / "data")
    assert run("keys", "new", "--data", data).returncode == 0
    flags = ("--tls-cert", str(cert), "--tls-key", str(key), "--data", data)
    with started("serve", "--host", "localhost", "--port", "0", *flags) as running:
        url = running.ready["nexus"].replace("127.0.0.1", "localhost")
        assert url.startswith("https://")
        trust = ssl.create_default_context(cafile=str(cert))
        assert httpx2.get(f"{url}/ping", verify=trust).status_code == 200
        assert running.stop() == 0


def test_the_cookie_of_an_https_window_is_bound_to_the_host() -> None:
    assert cookie_name("https://fanlight.example", 7) == "__Host-fanlight_oauth_7"
