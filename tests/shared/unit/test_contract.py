"""What the OpenAPI document says beyond a route's schemas."""

from typing import Any

import pytest
from marshmallow import Schema, fields

from shared.http.contract import openapi_document
from shared.http.declarations import body, if_match, refuses, returns, roles
from shared.http.fields import Choice, Day, Identifier, Schedule, Text
from shared.http.resource import Call, Resource
from shared.http.service import V1, Route


class LetterBody(Schema):
    subject = Text(shortest=1, required=True)
    kind = Choice(("brief", "karte"), allow_none=True, load_default="brief")
    hours = Schedule(allow_none=True)


class LetterAnswer(LetterBody):
    id = Identifier()
    sent_on = Day(allow_none=True)
    secret = fields.String(metadata={"x-present-when": "ein Dienst fragt"})


class Letters(Resource[Any]):
    @roles("staff")
    @body(LetterBody)
    @returns(LetterAnswer, 201, location="/api/v2/letters/{id}", etag=True)
    def post(self, call: Call[Any]) -> None:
        """Anlegen"""


class LetterById(Resource[Any]):
    @roles("staff")
    @returns(LetterAnswer, etag=True)
    def get(self, call: Call[Any], letter_id: int) -> None:
        """Lesen"""

    @roles("staff")
    @body(LetterBody, partial=True)
    @returns(LetterAnswer, etag=True)
    @if_match
    @refuses("not-sent")
    def patch(self, call: Call[Any], letter_id: int) -> None:
        """Ändern"""


_ROUTES = (
    Route("/api/v2/letters", Letters),
    Route("/api/v2/letters/<id:letter_id>", LetterById),
    Route("/api/v1/letters/<id:letter_id>", LetterById, version=V1, successor="/api/v2/letters"),
)


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return openapi_document("letters", _ROUTES)


def test_an_answer_has_every_field_but_those_that_say_when(document: dict[str, Any]) -> None:
    answer = document["components"]["schemas"]["LetterAnswer"]

    assert sorted(answer["required"]) == ["hours", "id", "kind", "sent_on", "subject"]
    assert "additionalProperties" not in answer
    assert "default" not in answer["properties"]["kind"]


def test_a_request_has_no_field_that_is_not_described(document: dict[str, Any]) -> None:
    asked = document["components"]["schemas"]["LetterBody"]

    assert asked["required"] == ["subject"]
    assert asked["additionalProperties"] is False


def test_null_is_among_the_words_of_a_choice_that_may_be_null(document: dict[str, Any]) -> None:
    asked = document["components"]["schemas"]["LetterBody"]["properties"]

    assert asked["kind"]["enum"] == ["brief", "karte", None]


def test_a_schema_that_is_asked_for_with_less_than_it_answers_is_refused() -> None:
    class Note(Schema):
        text = Text()

    class NoteBody(Schema):
        note = fields.Nested(Note)

    class NoteAnswer(NoteBody):
        pass

    class Notes(Resource[Any]):
        @roles("staff")
        @body(NoteBody)
        @returns(NoteAnswer)
        def put(self, call: Call[Any]) -> None:
            """Beides"""

    with pytest.raises(ValueError, match="Note is answered with every field"):
        openapi_document("notes", [Route("/api/v2/notes", Notes)])


def test_what_was_made_leads_to_everything_that_can_be_done_with_it(
    document: dict[str, Any],
) -> None:
    made = document["paths"]["/api/v2/letters"]["post"]["responses"]["201"]

    assert sorted(link["operationId"] for link in made["links"].values()) == [
        "get_api_v2_letters_id_letter_id",
        "patch_api_v2_letters_id_letter_id",
    ]
    assert made["links"]["patch_api_v2_letters_id_letter_id"]["parameters"] == {
        "path.letter_id": "$response.body#/id",
        "header.If-Match": "$response.header.ETag",
    }
    assert set(made["headers"]) == {"ETag", "Location"}


def test_what_was_read_leads_to_its_change(document: dict[str, Any]) -> None:
    read = document["paths"]["/api/v2/letters/{letter_id}"]["get"]["responses"]["200"]

    assert read["links"]["patch_api_v2_letters_id_letter_id"]["parameters"] == {
        "path.letter_id": "$request.path.letter_id",
        "header.If-Match": "$response.header.ETag",
    }


def test_a_refusal_names_the_problems_that_it_may_be(document: dict[str, Any]) -> None:
    responses = document["paths"]["/api/v2/letters/{letter_id}"]["patch"]["responses"]
    name = responses["409"]["$ref"].rpartition("/")[2]
    schema = document["components"]["responses"][name]["content"]["application/problem+json"]

    assert schema["schema"]["allOf"][1] == {
        "properties": {"type": {"enum": ["/problems/not-sent"]}}
    }


def test_every_answer_of_v1_announces_its_end(document: dict[str, Any]) -> None:
    operation = document["paths"]["/api/v1/letters/{letter_id}"]["get"]["responses"]
    refusals = document["components"]["responses"]

    for answer in operation.values():
        described = refusals[answer["$ref"].rpartition("/")[2]] if "$ref" in answer else answer
        assert {"Deprecation", "Sunset", "Link"} <= set(described["headers"])
