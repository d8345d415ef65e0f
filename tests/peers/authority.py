"""An authority of the tests' own: certificates for this machine, of any term, in files as a renewal leaves them."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

HERE = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))])

SIGNS = x509.KeyUsage(
    digital_signature=False, content_commitment=False, key_encipherment=False, data_encipherment=False, key_agreement=False,
    key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False)


class Authority:
    """Whoever trusts `file` trusts what it has issued."""

    def __init__(self, folder: Path) -> None:
        self._key, self.file = ec.generate_private_key(ec.SECP256R1()), folder / "authority.pem"
        name = _named("Authority of the tests")
        made = (_begun(name, name, self._key.public_key(), self._key.public_key(), timedelta(days=1))
                .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True).add_extension(SIGNS, critical=True))
        self._certificate = made.sign(self._key, SHA256())
        self.file.write_bytes(self._certificate.public_bytes(Encoding.PEM))

    def issue(self, folder: Path, ends: timedelta = timedelta(days=90), named: str = "okno") -> int:
        """A new pair in cert.pem and key.pem, put there one after the other and each at once; gives its number."""
        key = ec.generate_private_key(ec.SECP256R1())
        issued = (_begun(_named(named), self._certificate.subject, key.public_key(), self._key.public_key(), ends)
                  .add_extension(HERE, critical=False).sign(self._key, SHA256()))
        put(folder / "cert.pem", issued.public_bytes(Encoding.PEM))
        put(folder / "key.pem", key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return issued.serial_number


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for this machine that vouches for itself, and its key: made once a folder."""
    cert, private = folder / "cert.pem", folder / "key.pem"
    if not cert.exists():
        key, name = ec.generate_private_key(ec.SECP256R1()), _named("127.0.0.1")
        made = (_begun(name, name, key.public_key(), key.public_key(), timedelta(days=2))
                .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).add_extension(HERE, critical=False).sign(key, SHA256()))
        put(private, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        put(cert, made.public_bytes(Encoding.PEM))
    return cert, private


def put(path: Path, content: bytes) -> None:
    draft = path.with_suffix(".draft")
    draft.write_bytes(content)
    draft.chmod(0o600)
    draft.rename(path)


def _named(words: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, words)])


def _begun(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, signs: ec.EllipticCurvePublicKey,
           ends: timedelta) -> x509.CertificateBuilder:
    """With whose key is whose: since Python 3.13 a certificate that does not say it is not believed (RFC 5280, 4.2.1)."""
    now = datetime.now(UTC)
    return (x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key).serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=30)).not_valid_after(now + ends)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signs), critical=False))
