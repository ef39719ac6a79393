"""Who is asking: one-time links, cookie sessions, and the short-lived tokens of extensions."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import jwt
from attrs import field, frozen

from lossy.channels.errors import Code, Refusal
from lossy.clock import Clock, as_datetime

if TYPE_CHECKING:
    from lossy.settings import Server
    from lossy.store.accounts import Accounts
    from lossy.web.node import Node

FIRST_ADMIN = "admin@localhost"
COOKIE = "lossy_session"
COOKIE_LIFE = timedelta(days=30)
PROTOCOL_VERSION = 2
ALGORITHM = "HS256"
TOKENS = 20_000  # whose signatures were checked are remembered: those of the clients that one server may have


@frozen
class Identity:
    """A user on one of their devices, by a token of that device's generation, which ends at `expires_at` (ms)."""

    user_id: UUID
    device_id: UUID
    generation: int = field(default=1, eq=False)
    expires_at: int = field(default=0, eq=False)


def new_secret() -> tuple[str, bytes]:
    """A secret for its holder, and the hash that is all we keep of it."""
    secret = secrets.token_urlsafe(32)
    return secret, hashed(secret)


def hashed(secret: str) -> bytes:
    """Plain SHA-256: the secrets are 256 random bits, so there is nothing to guess."""
    return hashlib.sha256(secret.encode()).digest()


async def sign_in_path(accounts: Accounts, life: timedelta, clock: Clock) -> str:
    """The path of a page that signs the admin in, once. The first call on a new database makes that admin."""
    admin = await accounts.first_admin(uuid4(), FIRST_ADMIN) or await accounts.admin()
    assert admin is not None, "the first user is an admin"
    secret, secret_hash = new_secret()
    await accounts.add_sign_in_link(secret_hash, admin.id, as_datetime(clock.now_ms()) + life)
    return f"/sign-in/{secret}"


def make_token(node: Node, identity: Identity) -> tuple[str, int]:
    """A JWT for an extension, and when it ends (ms since the Unix epoch)."""
    expires = node.clock.now_ms() // 1000 + 60 * node.settings.server.token_minutes
    claims = {
        "user_id": str(identity.user_id),
        "device_id": str(identity.device_id),
        "generation": identity.generation,
        "exp": expires,
        "protocol_version": PROTOCOL_VERSION,
    }
    return jwt.encode(claims, node.secret, ALGORITHM), expires * 1000


async def identify(node: Node, token: object) -> Identity:
    """Raises Refusal: token_expired, or unauthenticated for any other fault, a revoked device among them."""
    identity = read_token(node, token)
    await check_welcome(node, identity)
    return identity


def read_token(node: Node, token: object) -> Identity:
    """Whom one of our tokens names, whether they are still welcome or not. Raises Refusal as `identify`."""
    if not isinstance(token, str):
        raise Refusal(Code.UNAUTHENTICATED, "Sign in first.")
    try:
        identity = _named_by(token, node.secret)
    except (jwt.InvalidTokenError, ValueError, TypeError, AttributeError):
        raise Refusal(Code.UNAUTHENTICATED, "This token is not one of ours.") from None
    if identity.expires_at <= node.clock.now_ms():
        raise Refusal(Code.TOKEN_EXPIRED, "This token has expired; get another one.")
    return identity


@lru_cache(TOKENS)
def _named_by(token: str, secret: bytes) -> Identity:
    """A client presents the same token with every join, and to read it takes as long as all the rest of a join."""
    # `exp` is not compared here: PyJWT reads the system's clock, and time here is the node's.
    claims = jwt.decode(
        token, secret, [ALGORITHM], options={"require": ["exp", "user_id", "device_id"], "verify_exp": False}
    )
    expires, generation = int(claims["exp"]), int(claims.get("generation", 1))
    return Identity(UUID(claims["user_id"]), UUID(claims["device_id"]), generation, expires * 1000)


async def check_welcome(node: Node, identity: Identity) -> None:
    """Raises Refusal (unauthenticated) where the device or its user has been signed out since."""
    if not await node.accounts.is_welcome(identity.device_id, identity.user_id, identity.generation):
        raise Refusal(Code.UNAUTHENTICATED, "This device has been signed out.")


def cookie_name(server: Server, name: str = COOKIE) -> str:
    """Where browsers use TLS they keep a cookie of such a name to this host, its root and TLS."""
    return f"__Host-{name}" if server.is_https else name
