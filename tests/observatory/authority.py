"""A certificate for this machine, and the authority that signs it: made anew for each run."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

NAMES = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
LASTS = timedelta(days=1)


class Papers(NamedTuple):
    """Files in PEM: whom a client must trust, and what a server shows."""

    authority: Path
    certificate: Path
    key: Path


def make_papers(folder: Path) -> Papers:
    """Write an authority's certificate and one that it signed for `NAMES`, good for a day."""
    papers = Papers(folder / "authority.pem", folder / "certificate.pem", folder / "key.pem")
    authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    authority = _named("Storyboard tests")
    root = _certificate(authority, authority, authority_key, authority_key, is_authority=True)
    papers.authority.write_bytes(root)
    papers.certificate.write_bytes(
        _certificate(_named("localhost"), authority, key, authority_key, is_authority=False)
    )
    papers.key.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    )
    return papers


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    signed_with: ec.EllipticCurvePrivateKey,
    *,
    is_authority: bool,
) -> bytes:
    now = datetime.now(UTC)
    draft = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + LASTS)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
    )
    if not is_authority:
        draft = draft.add_extension(x509.SubjectAlternativeName(NAMES), critical=False)
    return draft.sign(signed_with, hashes.SHA256()).public_bytes(Encoding.PEM)
