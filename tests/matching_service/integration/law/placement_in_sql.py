"""Searches and inquiries as plain rows, written with the service's own role."""

from typing import Any

from sqlalchemy import Row

from tests.matching_service.integration.law.law_in_sql import Law


class Placement:
    def __init__(self, law: Law) -> None:
        self.law = law
        self._count = 0

    def search(self, budget: int = 25) -> int:
        self._count += 1
        return self._id(
            "INSERT INTO platzsuche (patient_id, total_requested_contacts, created_by)"
            " VALUES (:patient, :budget, 'anna') RETURNING id",
            patient=self._count,
            budget=budget,
        )

    def inquiry(self, *searches: int, exception: str | None = None) -> int:
        """A draft to a therapist with a mailbox of his own, all rows pending."""
        self._count += 1
        inquiry = self._id(
            "WITH box AS (INSERT INTO mailbox (mailbox_key) VALUES (:key) RETURNING id)"
            " INSERT INTO therapeutenanfrage"
            " (therapist_id, mailbox_id, mailbox_key, bundle_size, size_exception, created_by)"
            " SELECT :therapist, id, :key, :size, :exception, 'anna' FROM box RETURNING id",
            key=f"practice {self._count}",
            therapist=self._count,
            size=len(searches),
            exception=exception,
        )
        for position, search in enumerate(searches, start=1):
            self.row(inquiry, search, position)
        return inquiry

    def row(self, inquiry: int, search: int, position: int = 1) -> int:
        return self._id(
            "INSERT INTO therapeut_anfrage_patient"
            " (therapeutenanfrage_id, platzsuche_id, patient_id, position_in_bundle)"
            " VALUES (:inquiry, :search, 1, :position) RETURNING id",
            inquiry=inquiry,
            search=search,
            position=position,
        )

    def move(self, inquiry: int, state: str) -> None:
        self.law.run(
            "UPDATE therapeutenanfrage SET state = :state,"
            " sent_date = CASE WHEN :state = 'sent' THEN now() ELSE sent_date END,"
            " response_date = CASE WHEN :state = 'answered' THEN now() END,"
            " response_type = CASE WHEN :state = 'answered' THEN 'rejected' END"
            " WHERE id = :inquiry",
            state=state,
            inquiry=inquiry,
        )

    def accept(self, row: int) -> None:
        self.law.run(ACCEPT, row=row)

    def withdraw(self, row: int) -> None:
        self.law.run(WITHDRAW, row=row)

    def rows(self, inquiry: int) -> list[int]:
        with self.law.app.connect() as connection:
            found = connection.exec_driver_sql(
                "SELECT id FROM therapeut_anfrage_patient WHERE therapeutenanfrage_id = %s"
                " ORDER BY position_in_bundle",
                (inquiry,),
            )
            return [row.id for row in found]

    def used(self, search: int) -> int:
        return int(self.of_search(search).used_contacts)

    def of_search(self, search: int) -> Row[Any]:
        return self.law.one("SELECT * FROM platzsuche WHERE id = :id", id=search)

    def _id(self, statement: str, **values: object) -> int:
        return int(self.law.one(statement, **values)[0])


ACCEPT = (
    "UPDATE therapeut_anfrage_patient SET status = 'accepted', outcome = 'accepted',"
    " accepted_at = now() WHERE id = :row"
)
WITHDRAW = (
    "UPDATE therapeut_anfrage_patient SET status = 'withdrawn', withdrawn_at = now(),"
    " withdrawn_reason = 'gone' WHERE id = :row"
)
