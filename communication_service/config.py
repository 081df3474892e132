"""What the communication service needs: a revision of its schema, and its settings."""

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from shared.config import CallingServiceConfig, flag, number, setting, url
from shared.contracts.weekly_schedule import parse_weekly_schedule

_KEY_BYTES = 32


def _address(text: str) -> str:
    """name@domain"""
    local_part, at, domain = text.rpartition("@")
    if not (local_part and at and domain) or any(sign.isspace() for sign in text):
        raise ValueError("keine E-Mail-Adresse")
    return text


def _hours(text: str) -> str:
    """09:00-12:00, mehrere durch Komma getrennt"""
    parse_weekly_schedule({"monday": text.split(",")})
    return text


def _key(text: str) -> str:
    """32 Byte, base64"""
    try:
        fits = len(base64.urlsafe_b64decode(text)) == _KEY_BYTES
    except ValueError:
        # What Python says to it would be English, and perhaps quote the key.
        fits = False
    if not fits:
        raise ValueError("ist kein Schlüssel von 32 Byte in base64")
    return text


def _key_or_none(text: str) -> str:
    """32 Byte, base64, oder nichts"""
    return text and _key(text)


def _older_keys(text: str) -> tuple[str, ...]:
    """je 32 Byte, base64, durch Komma getrennt, oder nichts"""
    return tuple(_key(one.strip()) for one in text.split(",") if one.strip())


@dataclass(frozen=True)
class Config(CallingServiceConfig):
    needs_schema: ClassVar[str] = "0013_patients_of_requests"

    patient_service_url: str = setting(
        "PATIENT_SERVICE_URL", "Adresse des Patienten-Dienstes", parse=url("http", "https")
    )
    therapist_service_url: str = setting(
        "THERAPIST_SERVICE_URL", "Adresse des Therapeuten-Dienstes", parse=url("http", "https")
    )
    matching_service_url: str = setting(
        "MATCHING_SERVICE_URL", "Adresse des Matching-Dienstes", parse=url("http", "https")
    )
    smtp_host: str = setting("SMTP_HOST", "Mailserver, der unsere Mails annimmt")
    smtp_port: int = setting("SMTP_PORT", "sein Port", parse=number(1, 65535))
    smtp_starttls: bool = setting(
        "SMTP_STARTTLS", "nur verschlüsselt senden", parse=flag, default=False
    )
    smtp_username: str = setting("SMTP_USERNAME", "Anmeldename beim Mailserver", default="")
    smtp_password: str = setting(
        "SMTP_PASSWORD", "Kennwort beim Mailserver", default="", secret=True, ours=False
    )
    mail_sender_address: str = setting(
        "MAIL_SENDER_ADDRESS",
        "Absender; seine Domain ist die dieser Installation",
        parse=_address,
    )
    mail_sender_name: str = setting("MAIL_SENDER_NAME", "wer die Briefe unterschreibt")
    mail_sender_phone: str = setting(
        "MAIL_SENDER_PHONE", "Rückrufnummer in den Briefen; leer: nur Antwort per Mail", default=""
    )
    mail_staff_address: str = setting(
        "MAIL_STAFF_ADDRESS",
        "wohin Hinweise an die Mitarbeitenden gehen; leer: an die Absenderadresse",
        parse=_address,
        default="",
    )
    mail_legal_name: str = setting(
        "MAIL_LEGAL_NAME", "Pflichtangabe unter jedem Brief: wer ihn verantwortet"
    )
    mail_legal_address: str = setting(
        "MAIL_LEGAL_ADDRESS", "Pflichtangabe unter jedem Brief: ladungsfähige Anschrift"
    )
    mail_legal_register: str = setting(
        "MAIL_LEGAL_REGISTER",
        "Pflichtangabe unter jedem Brief: Register, Vertretung, Aufsichtsbehörde",
    )
    mail_per_minute: int = setting(
        "MAIL_PER_MINUTE",
        "wie viele Mails in einer Minute höchstens hinausgehen; 0: ohne Grenze",
        parse=number(0, 6000),
        default=60,
    )
    mail_per_minute_and_provider: int = setting(
        "MAIL_PER_MINUTE_AND_PROVIDER",
        "wie viele davon an denselben Anbieter oder dieselbe Domain gehen; 0: ohne Grenze",
        parse=number(0, 6000),
        default=20,
    )
    confirmation_delay_minutes: int = setting(
        "CONFIRMATION_DELAY_MINUTES",
        "so lange wartet eine Bestätigung mit Namen auf eine Korrektur der Antwort",
        parse=number(0, 1440),
        default=10,
    )
    reminder_after_days: int = setting(
        "REMINDER_AFTER_DAYS",
        "Tage nach dem Versand ohne Antwort, bis eine Erinnerung hinausgeht",
        parse=number(1, 365),
        default=7,
    )
    call_lines: int = setting(
        "CALL_LINES", "wie viele Anrufe gleichzeitig geplant werden", parse=number(1, 50), default=1
    )
    calls_after_days: int = setting(
        "CALLS_AFTER_DAYS",
        "Tage nach dem Versand ohne Antwort, bis angerufen wird",
        parse=number(1, 365),
        default=14,
    )
    call_attempts: int = setting(
        "CALL_ATTEMPTS",
        "nach wie vielen Anrufen, die niemanden erreichen, eine Anfrage als unbeantwortet gilt",
        parse=number(1, 9),
        default=3,
    )
    call_retry_days: int = setting(
        "CALL_RETRY_DAYS",
        "Tage von einem Anruf, der niemanden erreicht, bis zum nächsten",
        parse=number(1, 60),
        default=2,
    )
    call_window_days: int = setting(
        "CALL_WINDOW_DAYS",
        "wie viele Tage im Voraus ein freier Termin für einen Anruf gesucht wird",
        parse=number(1, 90),
        default=14,
    )
    call_office_hours: str = setting(
        "CALL_OFFICE_HOURS",
        "wann Mo–Fr angerufen wird, wo keine telefonische Erreichbarkeit bekannt ist",
        parse=_hours,
        default="09:00-12:00",
    )

    public_url: str = setting(
        "PUBLIC_URL",
        "Adresse des Gateways, wie Praxen sie erreichen; so beginnen die Links in Briefen",
        parse=url("http", "https"),
    )
    answer_link_key: str = setting(
        "ANSWER_LINK_KEY",
        "Geheimnis, mit dem die Links in Briefen unterschrieben sind",
        secret=True,
    )
    answer_link_old_keys: str = setting(
        "ANSWER_LINK_OLD_KEYS",
        "frühere Geheimnisse, deren Links noch gelten, durch Komma getrennt, das älteste zuerst",
        default="",
        secret=True,
    )
    answer_link_days: int = setting(
        "ANSWER_LINK_DAYS",
        "so viele Tage nach dem Brief kann eine Praxis über den Link antworten",
        parse=number(1, 365),
        default=42,
    )

    mail_in_host: str = setting(
        "MAIL_IN_HOST", "IMAP-Server, von dem Antworten gelesen werden; leer: keine", default=""
    )
    mail_in_port: int = setting(
        "MAIL_IN_PORT", "sein Port, immer mit TLS", parse=number(1, 65535), default=993
    )
    mail_in_username: str = setting("MAIL_IN_USERNAME", "Anmeldename beim IMAP-Server", default="")
    mail_in_password: str = setting(
        "MAIL_IN_PASSWORD", "Kennwort beim IMAP-Server", default="", secret=True, ours=False
    )
    mail_in_folder: str = setting(
        "MAIL_IN_FOLDER", "Ordner, in dem Antworten ankommen", default="INBOX"
    )
    reply_encryption_key: str = setting(
        "REPLY_ENCRYPTION_KEY",
        "Schlüssel für den Text von Antworten (AES-256-GCM); nötig mit MAIL_IN_HOST",
        parse=_key_or_none,
        default="",
        secret=True,
    )
    reply_encryption_old_keys: tuple[str, ...] = setting(
        "REPLY_ENCRYPTION_OLD_KEYS",
        "frühere Schlüssel, mit denen Antworten noch gelesen werden",
        parse=_older_keys,
        default=(),
        secret=True,
    )
    replies_kept_days: int = setting(
        "REPLIES_KEPT_DAYS",
        "nach so vielen Tagen wird der Text einer Antwort vergessen",
        parse=number(1, 3650),
        default=180,
    )

    @property
    def answer_link_keys(self) -> tuple[str, ...]:
        """The last one signs."""
        older = (key.strip() for key in self.answer_link_old_keys.split(","))
        return (*filter(None, older), self.answer_link_key)

    @staticmethod
    def conflicts(values: Mapping[str, Any]) -> Iterator[str]:
        if values.get("smtp_username") and not values["smtp_starttls"]:
            yield "SMTP_USERNAME: eine Anmeldung braucht SMTP_STARTTLS=true"
        if values.get("mail_in_host"):
            for name in ("mail_in_username", "mail_in_password", "reply_encryption_key"):
                if not values.get(name):
                    yield f"{name.upper()}: nötig, wenn MAIL_IN_HOST gesetzt ist"
        if values.get("reminder_after_days", 0) >= values.get("calls_after_days", 366):
            yield "REMINDER_AFTER_DAYS: muss vor CALLS_AFTER_DAYS liegen"
