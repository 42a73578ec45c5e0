"""Certificates: issued to the asker's key for one node, nothing else taken from the request."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from comity.crypto import certificates
from comity.kernel.errors import ErrorCode, InputError, TrustError

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
AUTHORITY = certificates.make_authority("Test", NOW)
KEY = certificates.new_tls_key()


def issue(csr, node="SI"):
    return certificates.issue(*AUTHORITY, csr, node, NOW, hosts=["ncb.example", "192.0.2.7"])


ISSUED = issue(certificates.certificate_request(KEY, "SI"))


def test_certificate_says_who_and_what_for():
    certificate = x509.load_pem_x509_certificate(ISSUED)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == "SI"
    assert names.get_values_for_type(x509.DNSName) == ["localhost", "ncb.example"]
    assert [str(ip) for ip in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1", "::1", "192.0.2.7"]
    assert names.get_values_for_type(x509.UniformResourceIdentifier) == ["urn:comity:node:SI"]
    assert set(usage) == {ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH}
    assert not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert certificate.not_valid_after_utc == NOW + timedelta(days=730)
    assert certificates.node_of(ISSUED) == "SI"


def test_fingerprint_is_the_same_for_pem_and_der():
    der = x509.load_pem_x509_certificate(ISSUED).public_bytes(serialization.Encoding.DER)
    assert certificates.fingerprint(ISSUED) == certificates.fingerprint(der)
    with pytest.raises(TrustError) as caught:
        certificates.fingerprint(b"no certificate")
    assert caught.value.code is ErrorCode.MEMBER_CERTIFICATE


def test_check_issued_holds_for_the_right_key_node_and_time_only():
    certificates.check_issued(ISSUED, AUTHORITY[0], KEY, "SI", NOW)
    other_authority = certificates.make_authority("Test", NOW)[0]
    wrong = [
        (ISSUED, other_authority, KEY, "SI", NOW),
        (ISSUED, AUTHORITY[0], certificates.new_tls_key(), "SI", NOW),
        (ISSUED, AUTHORITY[0], KEY, "FR", NOW),
        (ISSUED, AUTHORITY[0], KEY, "SI", NOW + timedelta(days=731)),
        (ISSUED, AUTHORITY[0], KEY, "SI", NOW - timedelta(days=1)),
        (certificates.self_signed(KEY, "SI", NOW), AUTHORITY[0], KEY, "SI", NOW),
    ]
    for case in wrong:
        with pytest.raises(TrustError):
            certificates.check_issued(*case)


def request_with(key, name="SI"):
    builder = x509.CertificateSigningRequestBuilder().subject_name(
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    )
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def broken_signature():
    lines = certificates.certificate_request(KEY, "SI").split(b"\n")
    middle = bytearray(lines[-3])
    middle[5] = ord("A") if middle[5] != ord("A") else ord("B")
    return b"\n".join([*lines[:-3], bytes(middle), *lines[-2:]])


@pytest.mark.parametrize(
    "csr",
    [
        b"",
        b"-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n",
        b"x" * (certificates.MAX_PEM_BYTES + 1),
        broken_signature(),
        request_with(ec.generate_private_key(ec.SECP256R1()), "FR"),
        request_with(ec.generate_private_key(ec.SECP384R1())),
        request_with(rsa.generate_private_key(65537, 2048)),
        ISSUED,
    ],
    ids=["empty", "garbage", "huge", "signature", "other_node", "p384", "rsa", "certificate"],
)
def test_odd_request_is_refused(csr):
    with pytest.raises(InputError) as caught:
        issue(csr)
    assert caught.value.field == "certificate_request"


def test_names_in_a_request_are_not_taken_over():
    key = ec.generate_private_key(ec.SECP256R1())
    wish = x509.SubjectAlternativeName(
        [x509.DNSName("secretariat.example"), x509.UniformResourceIdentifier("urn:comity:node:SEC")]
    )
    builder = x509.CertificateSigningRequestBuilder().subject_name(
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "SI")])
    )
    csr = builder.add_extension(wish, critical=False).sign(key, hashes.SHA256())
    issued = issue(csr.public_bytes(serialization.Encoding.PEM))
    assert certificates.node_of(issued) == "SI"
    assert b"secretariat" not in x509.load_pem_x509_certificate(issued).public_bytes(
        serialization.Encoding.DER
    )


def test_node_of_is_none_without_or_with_several_names():
    assert certificates.node_of(AUTHORITY[0]) is None
