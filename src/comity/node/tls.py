"""TLS between nodes and to people: version 1.3 only, certificates of the network's own authority.

A node is known by its certificate's digest in the member directory, not by its host name: the
client checks it inside the handshake, before the first byte of a request leaves.
"""

import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from comity.crypto.certificates import fingerprint, node_of
from comity.kernel.errors import ErrorCode, TrustError
from comity.kernel.ids import NodeId

ClientCertificates = Literal["none", "optional", "required"]
"""Whether a server asks its clients for a certificate of the network."""

Pin = Callable[[bytes], None]
"""Given the server's certificate (DER); raises `TrustError` when it is not the one expected."""

_VERIFY_MODES: dict[ClientCertificates, ssl.VerifyMode] = {
    "none": ssl.CERT_NONE,
    "optional": ssl.CERT_OPTIONAL,
    "required": ssl.CERT_REQUIRED,
}


def server_context(
    certificate: Path, key: Path, authority: Path, clients: ClientCertificates
) -> ssl.SSLContext:
    """Return the context with which a node serves.

    A client's certificate must be issued by the network's authority; whether its holder is still a
    member is for the caller to look up (`TrustedDirectory.by_certificate`), on every request.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(certificate, key)
    context.verify_mode = _VERIFY_MODES[clients]
    if clients != "none":
        context.load_verify_locations(authority)
    return context


def client_context(authority_pem: bytes, pin: Pin | None) -> ssl.SSLContext:
    """Return the context with which a node asks another; add `load_cert_chain` to be known there.

    With `pin` the server is known by its certificate and any host name will do; without it the host
    name must stand in the certificate. The network's authority must have issued it either way.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if pin is None else PinnedContext.of(pin)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_verify_locations(cadata=authority_pem.decode("ascii"))
    return context


def pin_to_fingerprint(sha256_hex: str) -> Pin:
    """Return a pin on one certificate; raises `TrustError` (member.certificate)."""

    def check(certificate: bytes) -> None:
        if fingerprint(certificate) != sha256_hex:
            raise TrustError(ErrorCode.MEMBER_CERTIFICATE)

    return check


def pin_to_node(node: NodeId) -> Pin:
    """Return a pin on the node that the authority named in the certificate (member.certificate).

    Weaker than a fingerprint: an older certificate of that node passes. For what proves itself by
    signature and must work before a directory is known: joining, and fetching the directory.
    """

    def check(certificate: bytes) -> None:
        if node_of(certificate) != node:
            raise TrustError(ErrorCode.MEMBER_CERTIFICATE)

    return check


class PinnedContext(ssl.SSLContext):
    """A client context that checks the server's certificate at the end of the handshake."""

    pin: Pin

    @classmethod
    def of(cls, pin: Pin) -> "PinnedContext":
        """Return a context with `pin` in place of the host name check."""
        context = cls(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.pin = pin
        context.sslsocket_class = _PinnedSocket
        context.sslobject_class = _PinnedObject
        return context


class _PinnedSocket(ssl.SSLSocket):
    """For blocking clients."""

    def do_handshake(self, block: bool = False) -> None:  # noqa: FBT001, FBT002 - signature of the base
        super().do_handshake(block)
        try:
            _check_pin(self.context, self.getpeercert(binary_form=True))
        except TrustError:
            self.close()
            raise


class _PinnedObject(ssl.SSLObject):
    """For event loops; raises SSLWantReadError until the handshake is complete, as the base does."""

    def do_handshake(self) -> None:
        super().do_handshake()
        _check_pin(self.context, self.getpeercert(binary_form=True))


def _check_pin(context: ssl.SSLContext, certificate: bytes | None) -> None:
    if certificate is None or not isinstance(context, PinnedContext):
        raise TrustError(ErrorCode.MEMBER_CERTIFICATE)
    context.pin(certificate)
