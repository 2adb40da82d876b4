"""Where the secrets of an entry come from: files and environment variables that it names, read when it is added."""

from collections.abc import Mapping
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from fanlight.institutions.http import Certificate
from fanlight.institutions.oauth_entry import EntryError, Secrets
from fanlight.institutions.registry import EntryFile

MAX_FILE = 1 << 18
"""Bytes of a file with a secret."""


def read_secrets(entry: EntryFile, beside: Path, environment: Mapping[str, str]) -> Secrets:
    """The secrets of an entry; relative names of files stand `beside` it. Raises EntryError, which never holds one."""
    return Secrets(
        client_secret=_one_of(
            "client_secret",
            entry.client_secret or None,
            _file("client_secret_file", entry.client_secret_file, beside),
            _variable("client_secret_env", entry.client_secret_env, environment),
        ),
        client_key=_one_of(
            "client_key",
            _file("client_key_file", entry.client_key_file, beside),
            _variable("client_key_env", entry.client_key_env, environment),
        ),
        certificate=_certificate(
            _file("certificate_file", entry.certificate_file, beside),
            _file("certificate_key_file", entry.certificate_key_file, beside),
        ),
        authority=_authority(_file("ca_file", entry.ca_file, beside)),
    )


def _one_of(name: str, *given: str | None) -> str:
    found = [text for text in given if text is not None]
    if len(found) > 1:
        raise EntryError(f"{name} is given in two ways.")
    return found[0] if found else ""


def _file(line: str, name: str | None, beside: Path) -> str | None:
    if name is None:
        return None
    try:
        with (beside / name).open("rb") as file:
            content = file.read(MAX_FILE + 1)
        text = content.decode("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise EntryError(f"{line}: {name} cannot be read ({type(error).__name__}).") from error
    if not text or len(content) > MAX_FILE:
        raise EntryError(f"{line}: {name} is empty or too large.")
    return text


def _variable(line: str, name: str | None, environment: Mapping[str, str]) -> str | None:
    if name is None:
        return None
    text = environment.get(name, "").strip()
    if not text:
        raise EntryError(f"{line}: the environment variable {name} is not set.")
    return text


def _certificate(chain: str | None, key: str | None) -> Certificate | None:
    """The client certificate, once it and its key were seen to belong together."""
    if chain is None and key is None:
        return None
    if chain is None or key is None:
        raise EntryError("certificate_file and certificate_key_file go together.")
    try:
        public = x509.load_pem_x509_certificates(chain.encode())[0].public_key()
        private = load_pem_private_key(key.encode(), None).public_key()
    except (ValueError, TypeError, IndexError) as error:
        raise EntryError("certificate_file or certificate_key_file is not PEM, or its key is encrypted.") from error
    if public != private:
        raise EntryError("The key in certificate_key_file is not that of the certificate in certificate_file.")
    return Certificate(chain + "\n", key + "\n")


def _authority(pem: str | None) -> str | None:
    if pem is None:
        return None
    try:
        x509.load_pem_x509_certificates(pem.encode())
    except ValueError as error:
        raise EntryError("ca_file holds no certificate in PEM.") from error
    return pem + "\n"
