"""/api/v2/letters"""

from communication_service.api import schemas
from communication_service.use_cases.inquiry_mail import gather_inquiry
from communication_service.use_cases.read_mail import Letter, NoLetter, preview_letter
from communication_service.wiring import Wiring
from shared.http.declarations import returns, roles
from shared.http.resource import Call, Resource


class LetterOfBundle(Resource[Wiring]):
    @roles("staff", "service")
    @returns(schemas.LetterAnswer)
    def get(self, call: Call[Wiring], bundle_id: int) -> Letter:
        """Die Mail einer Therapeutenanfrage, wie sie jetzt hinausginge"""
        inquiry = gather_inquiry(bundle_id, call.wiring.matching, call.wiring.people)
        if inquiry is None:
            raise NoLetter(bundle_id)
        return preview_letter(call.session, inquiry, call.wiring.letterhead, call.now)
