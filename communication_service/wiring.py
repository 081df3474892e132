"""What the doors of this service hand to its use cases besides the session."""

import ssl
from dataclasses import dataclass
from datetime import timedelta

from communication_service.config import Config
from communication_service.domain.call_slots import CallQueue, on_working_days
from communication_service.domain.calls import FollowUpRules
from communication_service.domain.sending_pace import PaceLimits
from communication_service.domain.unknown import Unknown
from communication_service.gateways.answers import Answers
from communication_service.gateways.contact_wishes import ContactWishes
from communication_service.gateways.imap import Inbox
from communication_service.gateways.matching import Matching
from communication_service.gateways.message import address_domain
from communication_service.gateways.people import People
from communication_service.gateways.practices import read_phone_hours
from communication_service.gateways.sealing import Sealer
from communication_service.gateways.smtp import Login, MailServer
from communication_service.use_cases.answer_links import AnswerLinks
from communication_service.use_cases.call_follow_ups import CallDesk
from communication_service.use_cases.practice_letters import Letterhead
from communication_service.use_cases.visits import VisitLimits, Visits
from communication_service.use_cases.write_mail import MailSender
from shared.auth import ServiceTokens
from shared.db import Database
from shared.http.service_client import ServiceClient


@dataclass(frozen=True)
class Wiring:
    """`database` is for requests that ask others between two transactions."""

    matching: Matching
    people: People
    mail_server: MailServer
    pace: PaceLimits
    letterhead: Letterhead
    confirmation_delay: timedelta
    reminded_after: timedelta
    call_desk: CallDesk
    database: Database
    answers: Answers
    contact_wishes: ContactWishes
    visits: Visits
    inbox: Inbox | None
    sealer: Sealer | None
    replies_kept_for: timedelta


def wire(config: Config, database: Database) -> Wiring:
    """Opens nothing; connections are made when they are first used."""
    letterhead = _letterhead(config)
    tokens = ServiceTokens(
        config.oidc_token_url, "communication-service", config.service_client_secret
    )
    matching = Matching(ServiceClient(config.matching_service_url, "matching-service", tokens))
    therapists = ServiceClient(config.therapist_service_url, "therapist-service", tokens)
    patients = ServiceClient(config.patient_service_url, "patient-service", tokens)
    return Wiring(
        matching=matching,
        people=People(patients, therapists),
        answers=Answers(matching),
        contact_wishes=ContactWishes(therapists),
        visits=Visits(VisitLimits()),
        inbox=_inbox(config),
        sealer=_sealer(config),
        replies_kept_for=timedelta(days=config.replies_kept_days),
        mail_server=_mail_server(config),
        pace=PaceLimits(config.mail_per_minute, config.mail_per_minute_and_provider),
        letterhead=letterhead,
        confirmation_delay=timedelta(minutes=config.confirmation_delay_minutes),
        reminded_after=timedelta(days=config.reminder_after_days),
        call_desk=CallDesk(_call_queue(config), _follow_up_rules(config), letterhead.signed_by),
        database=database,
    )


def _letterhead(config: Config) -> Letterhead:
    legal = (config.mail_legal_name, config.mail_legal_address, config.mail_legal_register)
    return Letterhead(
        address=config.mail_sender_address,
        staff_address=config.mail_staff_address or config.mail_sender_address,
        signed_by=MailSender(config.mail_sender_name, config.mail_sender_phone, legal),
        links=AnswerLinks(config.public_url, config.answer_link_keys, config.answer_link_days),
    )


def _call_queue(config: Config) -> CallQueue:
    office = read_phone_hours({"monday": config.call_office_hours.split(",")})
    assert not isinstance(office, Unknown), "the config was checked"
    return CallQueue(
        lines=config.call_lines,
        window=timedelta(days=config.call_window_days),
        office_hours=on_working_days(slot.hours for slot in office),
    )


def _follow_up_rules(config: Config) -> FollowUpRules:
    return FollowUpRules(
        after=timedelta(days=config.calls_after_days),
        attempts=config.call_attempts,
        retry=timedelta(days=config.call_retry_days),
    )


def _sealer(config: Config) -> Sealer | None:
    """None: there is nothing to seal, because nobody reads what comes in."""
    if not config.reply_encryption_key:
        return None
    return Sealer(config.reply_encryption_key, config.reply_encryption_old_keys)


def _inbox(config: Config) -> Inbox | None:
    """None: nobody reads what comes in."""
    if not config.mail_in_host:
        return None
    return Inbox(
        host=config.mail_in_host,
        port=config.mail_in_port,
        login=Login(config.mail_in_username, config.mail_in_password),
        folder=config.mail_in_folder,
        tls=ssl.create_default_context(),
    )


def _mail_server(config: Config) -> MailServer:
    return MailServer(
        host=config.smtp_host,
        port=config.smtp_port,
        ehlo_name=address_domain(config.mail_sender_address),
        tls=ssl.create_default_context() if config.smtp_starttls else None,
        login=(Login(config.smtp_username, config.smtp_password) if config.smtp_username else None),
    )
