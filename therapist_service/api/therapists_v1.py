"""/api/v1/therapists: the shape that old clients know. Deprecated."""

from shared.http.declarations import body, query, refuses, returns, roles
from shared.http.resource import Call, Resource
from shared.http.v1 import V1Message, read_v1_page
from therapist_service.api import schemas
from therapist_service.api.therapists import change, create, delete
from therapist_service.storage import queries
from therapist_service.storage.tables import Therapist
from therapist_service.use_cases import therapists
from therapist_service.wiring import Wiring


class TherapistsV1(Resource[Wiring]):
    @roles("staff", "service")
    @query(schemas.TherapistV1Query)
    @returns(schemas.TherapistV1Answer, many=True)
    def get(self, call: Call[Wiring]) -> list[Therapist]:
        """Therapeuten auflisten"""
        rows = queries.therapists(call.query)
        return read_v1_page(call.session, rows, Therapist.id, call.query)

    @roles("staff")
    @body(schemas.TherapistBody)
    @returns(schemas.TherapistV1Answer, 201)
    def post(self, call: Call[Wiring]) -> Therapist:
        """Therapeut anlegen"""
        return create(call, call.wiring.places.locate(call.body.get("plz")))


class TherapistByIdV1(Resource[Wiring]):
    @roles("staff", "service")
    @returns(schemas.TherapistV1Answer)
    def get(self, call: Call[Wiring], therapist_id: int) -> Therapist:
        """Einen Therapeuten lesen"""
        return therapists.read_therapist(call.session, therapist_id)

    @roles("staff")
    @body(schemas.TherapistChange, partial=True)
    @returns(schemas.TherapistV1Answer)
    def put(self, call: Call[Wiring], therapist_id: int) -> Therapist:
        """Einzelne Felder ändern"""
        return change(call, therapist_id)

    @roles("staff")
    @returns(V1Message)
    @refuses("therapist-in-use")
    def delete(self, call: Call[Wiring], therapist_id: int) -> dict[str, str]:
        """Einen Therapeuten löschen"""
        delete(call, therapist_id)
        return {"message": "Therapist deleted successfully"}
