"""Values planted in every field of a patient are in nothing that an unsolicited mail touches."""

import re
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

import pytest
from sqlalchemy import Engine, text

from communication_service.domain.purposes import Purpose
from communication_service.use_cases.inquiry_mail import release_mail
from communication_service.use_cases.practice_letters import gather_letter
from patient_service.api.schemas import PatientBody
from shared.http.fields import Text
from shared.observability.logs import configure_logging
from tests.communication_service.integration.hostile_smtp import Postbox
from tests.communication_service.integration.mails import arrived
from tests.communication_service.neighbourhood import Neighbourhood
from tests.communication_service.stepped_worker import SteppedWorker

PLANTED: dict[str, Any] = {
    "vorname": "GepflanzterVorname",
    "nachname": "GepflanzterNachname",
    "anrede": "GepflanzteAnrede",
    "strasse": "GepflanzteStrasse 77",
    "plz": "50999",
    "ort": "Gepflanztort",
    "email": "gepflanzt@patient.example",
    "telefon": "+49221909090",
    "hausarzt": "GepflanzterHausarzt",
    "krankenkasse": "GepflanzteKasse",
    "krankenversicherungsnummer": "X909090909",
    "geburtsdatum": "1987-06-05",
    "diagnose": "F65.4",
    "geschlecht": "divers",
    "versicherungsart": "gesetzlich",
    "empfehler_der_unterstuetzung": "GepflanzterEmpfehler",
    "berufliche_situation": "GepflanzterBeruf",
    "familienstand": "GepflanzterFamilienstand",
    "aktuelle_psychische_beschwerden": "GepflanzteBeschwerden",
    "beschwerden_seit": "2020-02-03",
    "bisherige_behandlungen": "GepflanzteBehandlungen",
    "relevante_koerperliche_erkrankungen": "GepflanzteErkrankungen",
    "aktuelle_medikation": "GepflanzteMedikation",
    "aktuelle_belastungsfaktoren": "GepflanzteBelastung",
    "unterstuetzungssysteme": "GepflanzteSysteme",
    "anlass_fuer_die_therapiesuche": "GepflanzterAnlass",
    "erwartungen_an_die_therapie": "GepflanzteErwartungen",
    "therapieziele": "GepflanzteZiele",
    "fruehere_therapieerfahrungen": "GepflanzteErfahrungen",
    "letzter_kontakt": "2026-06-06",
    "letzte_therapie_ende": "2019-09-19",
    "einwilligung_datenweitergabe_am": "2026-01-17",
    "therapist_gender_preference": "female",
    "travel_mode": "transit",
    "bevorzugtes_therapieverfahren": "Analytische Psychotherapie",
    "source": "GepflanzteQuelle",
    "external_id": "Gepflanzt-4711-0815",
}
TRACES = [
    *("gepflanzt", "909090", "50999", "1987", "05.06", "5. Juni", "F65", "divers"),
    *("female", "transit", "analytisch", "2020-02", "2026-06-06", "2019-09", "2026-01-17", "17.01"),
]


@pytest.fixture
def events(database: Any) -> Iterator[Any]:
    engine: Engine = database.engine(database.owner_url("events"))
    with engine.connect() as connection:
        yield connection


@pytest.fixture
def planted(neighbourhood: Neighbourhood) -> int:
    """An inquiry about three patients who consist of nothing but planted values."""
    for number in range(3):
        neighbourhood.searching_patient(**{**PLANTED, "external_id": f"Gepflanzt-{number}"})
    bundle = neighbourhood.draft(neighbourhood.therapist(email="praxis@example.org"))
    neighbourhood.send(bundle)
    return bundle


def all_of(message: EmailMessage) -> list[str]:
    """Every header, as it travels and as it reads, every part and its name, every link."""
    parts = [part for part in message.walk() if not part.is_multipart()]
    written = [str(part.get_content()) for part in parts]
    headers = [f"{name}: {value}" for part in message.walk() for name, value in part.items()]
    names = [str(part.get_filename()) for part in parts]
    links = re.findall(r"https?://\S+", "\n".join(written))
    return [message.as_string(), *headers, *written, *names, *links]


def without_ids(words: str) -> str:
    """Ids, keys and signed links are random: now and then one reads like a diagnosis."""
    return re.sub(r'"span_id": "[0-9a-f]+"|[\w-]{32,}', "", words)


def traces_in(words: str) -> list[str]:
    return [trace for trace in TRACES if trace.casefold() in without_ids(words).casefold()]


def send(worker: SteppedWorker, bundle: int, purpose: Purpose) -> None:
    """A reminder is queued as its job does it, whatever the day."""
    if purpose is Purpose.REMINDER:
        wiring = worker.wiring
        gathered = gather_letter(purpose, bundle, wiring.matching, wiring.people, worker.now)
        assert gathered is not None
        with worker.database.transaction() as session:
            release_mail(session, gathered, wiring.letterhead, worker.now)
    worker.round()


@pytest.mark.parametrize("purpose", [Purpose.INQUIRY, Purpose.REMINDER])
def test_nothing_of_a_patient_is_in_an_unsolicited_mail(
    worker: SteppedWorker,
    neighbourhood: Neighbourhood,
    planted: int,
    postbox: Postbox,
    events: Any,
    capsys: pytest.CaptureFixture[str],
    purpose: Purpose,
) -> None:
    configure_logging("communication_service", "DEBUG")
    worker.round()
    if purpose is Purpose.REMINDER:
        neighbourhood.let_matching_hear()
        neighbourhood.let_weeks_pass()
        send(worker, planted, purpose)
    [message] = arrived(postbox, purpose)
    log = capsys.readouterr().err
    told = events.execute(text("SELECT body::text FROM log")).scalars().all()

    assert message["Message-ID"] == f"<pv-{planted}.{purpose}@platz.example>"
    assert {trace: where for where in all_of(message) for trace in traces_in(where)} == {}
    assert traces_in(log) == []
    assert [trace for body in told for trace in traces_in(body)] == []
    assert "mail_attempted" in log
    assert told


def test_a_planted_value_would_be_noticed() -> None:
    message = EmailMessage(policy=SMTP)
    message["Subject"] = "Für GepflanzterVorname"
    message.set_content("text")
    message.add_attachment(b"x", "text", "plain", filename="gepflanzt.txt")
    found = [where for where in all_of(message) if traces_in(where)]
    assert len(found) >= len(["whole", "subject", "file name"])


def test_every_field_of_a_patient_is_planted() -> None:
    """Apart from older spellings of the same field, and the state that follows the search."""
    texts = {name for name, field in PatientBody().fields.items() if isinstance(field, Text)}
    spelled_otherwise = {"bevorzugtes_therapeutengeschlecht", "verkehrsmittel"}
    assert texts - spelled_otherwise - {"status"} == texts & set(PLANTED)
