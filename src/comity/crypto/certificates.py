"""Certificates of a network (X.509, RFC 5280): its authority, requests of nodes, certificates, digests.

P-256 throughout: every TLS library and browser accepts it. Certificates protect the line; what must
outlive it (messages, directories, receipts) carries the dual signatures of `crypto.signing`.
"""

import hashlib
import ipaddress
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from comity.kernel.errors import ErrorCode, InputError, TrustError

AUTHORITY_LIFE: Final = timedelta(days=3650)
"""Renewing the authority means that every member joins again."""
CERTIFICATE_LIFE: Final = timedelta(days=730)
"""Two years; the member directory cuts a node off at once, so short lives buy nothing here."""
CLOCK_ALLOWANCE: Final = timedelta(minutes=10)
"""A certificate is valid a little before it is made, for machines whose clock lags."""
NODE_URI: Final = "urn:comity:node:"
MAX_PEM_BYTES: Final = 16 * 1024
"""A P-256 request or certificate is under 2 KiB."""


def new_tls_key() -> bytes:
    """Return a new P-256 private key, PEM (PKCS #8, not encrypted: the file's mode protects it)."""
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def make_authority(network: str, now: datetime) -> tuple[bytes, bytes]:
    """Return certificate and private key (PEM) of a new authority that signs nodes and nothing below."""
    key_pem = new_tls_key()
    key = _load_key(key_pem)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Comity network {network}")])
    builder = (
        _builder(name, name, key.public_key(), now, AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return _pem(builder.sign(key, hashes.SHA256())), key_pem


def certificate_request(key_pem: bytes, node: str) -> bytes:
    """Return a PKCS #10 request (RFC 2986, PEM) of `node`, signed with its TLS key."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(_node_name(node))
    return builder.sign(_load_key(key_pem), hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def issue(  # noqa: PLR0913 - what a certificate states is what it is made of
    authority_cert: bytes,
    authority_key: bytes,
    csr_pem: bytes,
    node: str,
    now: datetime,
    *,
    hosts: Sequence[str] = (),
) -> bytes:
    """Return the certificate (PEM) of `node`, valid two years for serving and for asking.

    Only the request's key is taken over. Names: CN = node, URI `urn:comity:node:<node>`, the local
    host, and `hosts` (DNS names or addresses of the node's own URLs). Raises `InputError`
    (input.wrong_type, certificate_request) when the request is unreadable, its signature does not
    hold, its key is not P-256, or it names another node.
    """
    request = _checked_request(csr_pem, node)
    authority = x509.load_pem_x509_certificate(authority_cert)
    signer = _load_key(authority_key)
    return _node_certificate(request.public_key(), node, now, hosts, authority=authority, signer=signer)


def self_signed(key_pem: bytes, node: str, now: datetime, *, hosts: Sequence[str] = ()) -> bytes:
    """Return a provisional certificate (PEM) with which a node serves its own people before it has joined."""
    key = _load_key(key_pem)
    return _node_certificate(key.public_key(), node, now, hosts, authority=None, signer=key)


def fingerprint(certificate: bytes) -> str:
    """Return SHA-256 over the DER form, hexadecimal; `certificate` is DER or PEM.

    Raises `TrustError` (member.certificate) when it is no certificate.
    """
    return hashlib.sha256(_load(certificate).public_bytes(serialization.Encoding.DER)).hexdigest()


def node_of(certificate: bytes) -> str | None:
    """Return the node that a certificate (DER or PEM) names by URI, or None when it names none or several."""
    try:
        names = _load(certificate).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return None
    found = [
        uri.removeprefix(NODE_URI)
        for uri in names.get_values_for_type(x509.UniformResourceIdentifier)
        if uri.startswith(NODE_URI)
    ]
    return found[0] if len(found) == 1 else None


def check_issued(certificate: bytes, authority_cert: bytes, key_pem: bytes, node: str, at: datetime) -> None:
    """Return when `certificate` was issued by the authority for `node` and this key and is valid at `at`.

    Raises `TrustError` (member.certificate) otherwise.
    """
    issued, authority = _load(certificate), _load(authority_cert)
    try:
        issued.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature) as error:
        raise TrustError(ErrorCode.MEMBER_CERTIFICATE) from error
    holds_key = _spki(issued.public_key()) == _spki(_load_key(key_pem).public_key())
    in_time = issued.not_valid_before_utc <= at < issued.not_valid_after_utc
    if not (holds_key and in_time and node_of(certificate) == node):
        raise TrustError(ErrorCode.MEMBER_CERTIFICATE)


def _checked_request(csr_pem: bytes, node: str) -> x509.CertificateSigningRequest:
    refusal = InputError(ErrorCode.INPUT_WRONG_TYPE, field="certificate_request")
    if len(csr_pem) > MAX_PEM_BYTES:
        raise refusal
    try:
        request = x509.load_pem_x509_csr(csr_pem)
        key = request.public_key()
        holds = request.is_signature_valid
        named = request.subject == _node_name(node)
    except (ValueError, TypeError, InvalidSignature) as error:
        raise refusal from error
    if not (holds and named and isinstance(key, ec.EllipticCurvePublicKey)):
        raise refusal
    if not isinstance(key.curve, ec.SECP256R1):
        raise refusal
    return request


def _node_certificate(  # noqa: PLR0913 - see issue
    public: object,
    node: str,
    now: datetime,
    hosts: Sequence[str],
    *,
    authority: x509.Certificate | None,
    signer: ec.EllipticCurvePrivateKey,
) -> bytes:
    if not isinstance(public, ec.EllipticCurvePublicKey):
        raise InputError(ErrorCode.INPUT_WRONG_TYPE, field="certificate_request")
    issuer = authority.subject if authority else _node_name(node)
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
    builder = (
        _builder(_node_name(node), issuer, public, now, CERTIFICATE_LIFE)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs_certificates=False), critical=True)
        .add_extension(usage, critical=False)
        .add_extension(x509.SubjectAlternativeName(_alternative_names(node, hosts)), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
    )
    return _pem(builder.sign(signer, hashes.SHA256()))


def _alternative_names(node: str, hosts: Sequence[str]) -> list[x509.GeneralName]:
    names: list[x509.GeneralName] = [x509.UniformResourceIdentifier(NODE_URI + node)]
    for host in dict.fromkeys(["localhost", "127.0.0.1", "::1", *hosts]):
        try:
            names.append(x509.IPAddress(ipaddress.ip_address(host)))
        except ValueError:
            names.append(x509.DNSName(host))
    return names


def _builder(
    subject: x509.Name, issuer: x509.Name, public: ec.EllipticCurvePublicKey, now: datetime, life: timedelta
) -> x509.CertificateBuilder:
    return x509.CertificateBuilder(
        issuer_name=issuer,
        subject_name=subject,
        public_key=public,
        serial_number=x509.random_serial_number(),
        not_valid_before=now - CLOCK_ALLOWANCE,
        not_valid_after=now + life,
    )


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _node_name(node: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, node)])


def _load(certificate: bytes) -> x509.Certificate:
    try:
        if certificate.lstrip().startswith(b"-----BEGIN"):
            return x509.load_pem_x509_certificate(certificate)
        return x509.load_der_x509_certificate(certificate)
    except ValueError as error:
        raise TrustError(ErrorCode.MEMBER_CERTIFICATE) from error


def _load_key(key_pem: bytes) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(key_pem, password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise InputError(ErrorCode.INPUT_WRONG_TYPE, field="tls_key")
    return key


def _spki(public: object) -> bytes:
    if not isinstance(public, ec.EllipticCurvePublicKey):
        return b""
    return public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
