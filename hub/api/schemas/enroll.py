"""How a device gets its certificate."""

from typing import Literal

from hub.api.kinds import Answer, Body, DeviceId, Name, Pem, Token


class Enroll(Body):
    """`csr_pem`: PKCS #10, EC P-256 or RSA of at least 2048 bits; the key stays on the device."""

    name: Name
    csr_pem: Pem
    token: Token | None = None


class Renew(Body):
    """`proof`: a JWT (ES256) signed with the present key: `sub` the device, `aud` watchpost-renewal, `csr_sha256`."""

    device_id: DeviceId
    csr_pem: Pem
    proof: Token


class Enrolled(Answer):
    device_id: str
    certificate_pem: str
    ca_pem: str
    mqtt_url: str
    media_rtsp_url: str


class Pending(Answer):
    """Approve the device, comparing the fingerprint; post the same CSR again after `poll_after_s`."""

    device_id: str
    state: Literal["pending"] = "pending"
    fingerprint: str
    poll_after_s: int = 10
