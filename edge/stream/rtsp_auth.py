"""What RTSP takes from HTTP to show who asks: Basic and Digest (RFC 2617). Pure."""

import hashlib
import re
from base64 import b64encode

Challenge = dict[str, str]


def challenge_of(header: str) -> Challenge:
    """What a WWW-Authenticate header asks for: `scheme` in lower case, and its parameters."""
    scheme, _, rest = header.strip().partition(" ")
    return {"scheme": scheme.lower(), **dict(re.findall(r'(\w+)="?([^",]*)"?', rest))}


def authorization(challenge: Challenge, user: str, password: str, method: str, url: str) -> str:
    """The Authorization header that answers it; Digest without qop, as RTSP servers ask."""
    if challenge["scheme"] != "digest":
        return "Basic " + b64encode(f"{user}:{password}".encode()).decode()
    realm, nonce = challenge.get("realm", ""), challenge.get("nonce", "")
    secret, request = _md5(f"{user}:{realm}:{password}"), _md5(f"{method}:{url}")
    response = _md5(f"{secret}:{nonce}:{request}")
    return f'Digest username="{user}", realm="{realm}", nonce="{nonce}", uri="{url}", response="{response}"'


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
