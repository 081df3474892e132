"""/api/v2/letters"""

from communication_service.api import schemas
from communication_service.domain.purposes import Purpose
from communication_service.use_cases.read_mail import Letter, gather_preview, preview_letter
from communication_service.wiring import Wiring
from shared.http.declarations import query, refuses, returns, roles
from shared.http.resource import Call, Resource


class LetterOfBundle(Resource[Wiring]):
    @roles("staff", "service")
    @query(schemas.LetterQuery)
    @returns(schemas.LetterAnswer)
    @refuses("illegal-transition")
    def get(self, call: Call[Wiring], bundle_id: int) -> Letter:
        """Die Mail einer Therapeutenanfrage, wie sie jetzt hinausginge"""
        wiring, purpose = call.wiring, Purpose(call.query["purpose"])
        gathered = gather_preview(purpose, bundle_id, wiring.matching, wiring.people, call.now)
        return preview_letter(call.session, gathered, wiring.letterhead, call.now)
