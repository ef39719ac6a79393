"""Who a person is to this server: an address, a password, and whether they look after the others."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

# RFC 5321 lets no longer one through.
MAX_EMAIL = 254
# NIST SP 800-63B asks for eight beside other precautions and fifteen without any; ours are the lock-out and the salt.
MIN_PASSWORD = 12
# A sentence fits. What is hashed is bounded before anybody is known to be somebody.
MAX_PASSWORD = 200
# Twelve characters of three are a pattern on a keyboard.
MIN_DIFFERENT = 4

# Only what no address has is refused: who gets it is found out by whoever hands the link on.
_EMAIL = re.compile(r"[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+")


class UserRole(StrEnum):
    USER = "user"
    ADMIN = "admin"  # invites people, changes their roles, lets them in again


class Unacceptable(ValueError):
    """An address or a password that cannot be taken; the message says why, in a sentence for whoever chose it."""


def read_email(text: str) -> str:
    """The one way to write this address. Raises Unacceptable."""
    email = unicodedata.normalize("NFC", text.strip()).lower()
    if len(email) > MAX_EMAIL or not _EMAIL.fullmatch(email):
        raise Unacceptable("That is no email address.")
    return email


def read_password(text: str, email: str) -> str:
    """A new password as it is hashed: the same whatever keyboard wrote its accents. Raises Unacceptable."""
    password = normal_password(text)
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise Unacceptable(f"A password has {MIN_PASSWORD} to {MAX_PASSWORD} characters.")
    if password.lower() in (email, email.partition("@")[0]) or len(set(password)) < MIN_DIFFERENT:
        raise Unacceptable("That password is too easy to guess.")
    return password


def normal_password(text: str) -> str:
    """One that is given to be compared."""
    return unicodedata.normalize("NFKC", text)
