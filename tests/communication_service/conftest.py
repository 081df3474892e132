"""The communication service among its real neighbours; only the mail server is ours to bend."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from aiosmtpd.smtp import Envelope
from flask.testing import FlaskClient
from sqlalchemy import URL, make_url, select

from communication_service.app import create_app
from communication_service.config import Config
from communication_service.domain.purposes import Purpose
from communication_service.storage.tables import Email
from tests.communication_service.certificates import self_signed, shown_by_server
from tests.communication_service.integration.answering import Practice, practice_of
from tests.communication_service.integration.hostile_imap import Postroom, post_office
from tests.communication_service.integration.hostile_smtp import (
    HostileSmtp,
    Manners,
    Postbox,
    listening,
)
from tests.communication_service.mail_desk import MailDesk
from tests.communication_service.neighbourhood import Neighbourhood
from tests.communication_service.phone_desk import PhoneDesk, silent_inquiry
from tests.communication_service.stepped_worker import SteppedWorker
from tests.conftest import Database, cloned
from tests.issuer import Issuer


@dataclass(frozen=True)
class StagedWorld:
    """A database to be cloned, the only inquiry in it, and the mails that have arrived."""

    template: URL
    bundle_id: int
    mails: Sequence[Envelope]


# So much happens before a practice can be asked that it happens once for all tests.
_STAGED = {"silent": "silent_world", "mailed": "mailed_world", "draft": "drafted_world"}


@contextmanager
def _staged(
    template: URL, issuer: Issuer, play: Callable[[Neighbourhood, SteppedWorker], int]
) -> Iterator[StagedWorld]:
    postbox = Postbox()
    with cloned(template) as own:
        with ExitStack() as end:
            neighbourhood = Neighbourhood(own, issuer, end)
            port = end.enter_context(listening(lambda: HostileSmtp(postbox)))
            worker = SteppedWorker(neighbourhood.config(port))
            end.callback(worker.close)
            bundle_id = play(neighbourhood, worker)
        own.dispose()
        yield StagedWorld(make_url(own.admin_url), bundle_id, tuple(postbox.heard))


@pytest.fixture(scope="session")
def drafted_world(database_template: URL, issuer: Issuer) -> Iterator[StagedWorld]:
    def play(neighbourhood: Neighbourhood, _worker: SteppedWorker) -> int:
        for _ in range(3):
            neighbourhood.searching_patient()
        return neighbourhood.draft(neighbourhood.therapist(email="praxis@example.org"))

    with _staged(database_template, issuer, play) as world:
        yield world


@pytest.fixture(scope="session")
def mailed_world(drafted_world: StagedWorld, issuer: Issuer) -> Iterator[StagedWorld]:
    def play(neighbourhood: Neighbourhood, worker: SteppedWorker) -> int:
        neighbourhood.send(drafted_world.bundle_id)
        worker.round()
        neighbourhood.let_matching_hear()
        return drafted_world.bundle_id

    with _staged(drafted_world.template, issuer, play) as world:
        yield world


@pytest.fixture(scope="session")
def silent_world(database_template: URL, issuer: Issuer) -> Iterator[StagedWorld]:
    def play(neighbourhood: Neighbourhood, worker: SteppedWorker) -> int:
        for _ in range(3):
            neighbourhood.searching_patient()
        return silent_inquiry(neighbourhood, worker)

    with _staged(database_template, issuer, play) as world:
        yield world


@pytest.fixture
def database(request: pytest.FixtureRequest, database_template: URL) -> Iterator[Database]:
    asked = [world for name, world in _STAGED.items() if name in request.fixturenames]
    template = request.getfixturevalue(asked[0]).template if asked else database_template
    with cloned(template) as own:
        yield own


@pytest.fixture
def neighbourhood(database: Database, issuer: Issuer) -> Iterator[Neighbourhood]:
    with ExitStack() as servers:
        yield Neighbourhood(database, issuer, servers)


@pytest.fixture
def draft(drafted_world: StagedWorld, neighbourhood: Neighbourhood) -> int:
    """An inquiry to a practice about three patients, heard of by nobody yet."""
    return drafted_world.bundle_id


@pytest.fixture
def sent(neighbourhood: Neighbourhood, draft: int) -> int:
    neighbourhood.send(draft)
    return draft


@pytest.fixture
def mailed(mailed_world: StagedWorld, neighbourhood: Neighbourhood, postbox: Postbox) -> int:
    """An inquiry about three patients whose mail has arrived."""
    postbox.heard.extend(mailed_world.mails)
    return mailed_world.bundle_id


@pytest.fixture
def postbox() -> Postbox:
    return Postbox()


@pytest.fixture
def manners() -> Manners:
    """How the mail server behaves: well, until a test says otherwise."""
    return Manners()


@pytest.fixture
def config(neighbourhood: Neighbourhood, postbox: Postbox, manners: Manners) -> Iterator[Config]:
    with listening(lambda: HostileSmtp(postbox, manners.step, manners.reply)) as port:
        yield neighbourhood.config(port)


@pytest.fixture
def worker(config: Config) -> Iterator[SteppedWorker]:
    worker = SteppedWorker(config)
    yield worker
    worker.close()


@pytest.fixture
def mail_of(worker: SteppedWorker) -> Callable[[int], Email | None]:
    """An inquiry's mail as it is stored."""

    def read(bundle_id: int) -> Email | None:
        with worker.database.transaction() as session:
            return session.scalar(
                select(Email).where(Email.bundle_id == bundle_id, Email.purpose == Purpose.INQUIRY)
            )

    return read


@pytest.fixture
def practice_at(
    neighbourhood: Neighbourhood, config: Config
) -> Iterator[Callable[[int], Practice]]:
    """Somebody who has the link of an inquiry."""
    app = create_app(replace(config, mail_sender_phone="0221 4710"))
    yield lambda bundle_id: practice_of(neighbourhood, app.test_client(), config, bundle_id)
    app.extensions["door"].database.dispose()


@pytest.fixture
def practice(practice_at: Callable[[int], Practice], mailed: int) -> Practice:
    """Has got the inquiry's mail."""
    return practice_at(mailed)


@pytest.fixture
def api(config: Config, issuer: Issuer) -> Iterator[FlaskClient]:
    """Calls as staff unless a test says otherwise."""
    app = create_app(config)
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = issuer.bearer("staff")["Authorization"]
    yield client
    app.extensions["door"].database.dispose()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return self_signed(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def postroom() -> Postroom:
    return Postroom()


@pytest.fixture
def mail_desk(worker: SteppedWorker, postroom: Postroom, certificate: Path) -> Iterator[MailDesk]:
    with post_office(postroom, shown_by_server(certificate)) as port:
        yield MailDesk(worker, postroom, port, certificate)


@pytest.fixture
def desk(
    request: pytest.FixtureRequest,
    api: FlaskClient,
    worker: SteppedWorker,
    neighbourhood: Neighbourhood,
) -> PhoneDesk:
    """Three patients search, in any case."""
    for _ in range(0 if "silent" in request.fixturenames else 3):
        neighbourhood.searching_patient()
    return PhoneDesk(api, worker, neighbourhood)


@pytest.fixture
def silent(silent_world: StagedWorld, neighbourhood: Neighbourhood, postbox: Postbox) -> int:
    """An inquiry whose mail went out two weeks ago."""
    postbox.heard.extend(silent_world.mails)
    return silent_world.bundle_id


@pytest.fixture
def planned(desk: PhoneDesk, silent: int) -> int:
    """The first call about it."""
    desk.plan()
    return desk.only_call(silent).id
