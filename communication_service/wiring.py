"""What the doors of this service hand to its use cases besides the session."""

import ssl
from dataclasses import dataclass

from communication_service.config import Config
from communication_service.gateways.answers import Answers
from communication_service.gateways.contact_wishes import ContactWishes
from communication_service.gateways.matching import Matching
from communication_service.gateways.message import address_domain
from communication_service.gateways.people import People
from communication_service.gateways.smtp import Login, MailServer
from communication_service.use_cases.answer_links import AnswerLinks
from communication_service.use_cases.inquiry_mail import Letterhead
from communication_service.use_cases.visits import VisitLimits, Visits
from communication_service.use_cases.write_mail import MailSender
from shared.auth import ServiceTokens
from shared.http.service_client import ServiceClient


@dataclass(frozen=True)
class Wiring:
    matching: Matching
    people: People
    mail_server: MailServer
    letterhead: Letterhead
    links: AnswerLinks
    answers: Answers
    contact_wishes: ContactWishes
    visits: Visits


def wire(config: Config) -> Wiring:
    """Opens nothing; connections are made when they are first used."""
    tokens = ServiceTokens(
        config.oidc_token_url, "communication-service", config.service_client_secret
    )
    matching = ServiceClient(config.matching_service_url, "matching-service", tokens)
    therapists = ServiceClient(config.therapist_service_url, "therapist-service", tokens)
    patients = ServiceClient(config.patient_service_url, "patient-service", tokens)
    return Wiring(
        matching=Matching(matching),
        people=People(patients, therapists),
        links=AnswerLinks(config.public_url, config.answer_link_keys, config.answer_link_days),
        answers=Answers(matching),
        contact_wishes=ContactWishes(therapists),
        visits=Visits(VisitLimits()),
        mail_server=_mail_server(config),
        letterhead=Letterhead(
            config.mail_sender_address,
            MailSender(
                name=config.mail_sender_name,
                phone=config.mail_sender_phone,
                legal_footer=config.mail_legal_footer,
            ),
        ),
    )


def _mail_server(config: Config) -> MailServer:
    return MailServer(
        host=config.smtp_host,
        port=config.smtp_port,
        ehlo_name=address_domain(config.mail_sender_address),
        tls=ssl.create_default_context() if config.smtp_starttls else None,
        login=(Login(config.smtp_username, config.smtp_password) if config.smtp_username else None),
    )
