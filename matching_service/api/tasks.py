"""/api/v2/staff/tasks"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from matching_service.api import search_schemas as schemas
from matching_service.api.cursors import encode_key
from matching_service.storage import task_list
from matching_service.storage.tables import Task
from matching_service.use_cases.task_list import finish_task
from matching_service.wiring import Wiring
from shared.http.declarations import body, query, refuses, returns, roles
from shared.http.resource import Call, Resource

TASK_TEXTS = {
    "conflict": "Zwei Therapeuten haben denselben Patienten angenommen.",
    "late_acceptance": "Eine Zusage kam für eine ruhende oder beendete Platzsuche.",
    "no_first_meeting": "Nach der Zusage ist noch kein Erstgespräch eingetragen.",
    "no_decision": "Nach der Zusage fehlt noch die Entscheidung, ob es weitergeht.",
    "draft_expired": "Ein Entwurf wurde nicht rechtzeitig gesendet und ist verfallen.",
    "mail_failed": "Eine E-Mail konnte nicht gesendet werden.",
    "mail_bounced": "Eine Anfrage kam nicht an; sie ist wieder Entwurf. Bitte Adresse prüfen.",
    "letter_failed": "Ein Brief kam nicht an: bitte Adresse prüfen oder anrufen.",
    "letter_unknown": "Ob ein Brief angekommen ist, ist unklar: bitte nachfragen.",
    "reply_waiting": "Eine Antwort per E-Mail wartet darauf, dass jemand sie liest und bestätigt.",
    "mail_unknown": "Ob eine E-Mail angekommen ist, ist unklar.",
    "inform_practice": "Eine Praxis muss hören, wie ein Konflikt ausgegangen ist.",
    "alternative_offered": "Einer Praxis wurde ein anderer Patient angeboten; die Antwort fehlt.",
    "contact_violation": "Kontakte lagen in einer Abkühlungsphase oder Ruhezeit: bitte prüfen.",
    "contact_refused": "Eine Praxis möchte keine Anrufe mehr; das ist bei ihr einzutragen.",
    "too_small_to_send": "Ein Bündel ist vor dem Versand zu klein geworden.",
}
_REFS = {"therapeutenanfrage": "bundle", "platzsuche": "search"}


class Tasks(Resource[Wiring]):
    @roles("staff")
    @query(schemas.TaskQuery)
    @returns(schemas.TaskPage)
    def get(self, call: Call[Wiring]) -> dict[str, Any]:
        """Alles, was auf einen Menschen wartet: Offenes zuerst, längst Fälliges oben"""
        limit, after = call.query["limit"], call.query.get("cursor")
        found, total = task_list.tasks(call.session, call.query, after, limit + 1)
        shown = found[:limit]
        return {
            "data": _views(call.session, shown),
            "total": total,
            "next": _cursor(shown[-1]) if len(found) > limit else None,
        }


class TaskDone(Resource[Wiring]):
    @roles("staff")
    @body(schemas.DoneBody)
    @returns(schemas.TaskAnswer)
    @refuses("illegal-transition")
    def post(self, call: Call[Wiring], task_id: int) -> dict[str, Any]:
        """Eine Aufgabe abhaken"""
        comment = call.body.get("note")
        task = finish_task(call.session, task_id, comment, actor=call.actor.name, now=call.now)
        return _views(call.session, [task])[0]


def _views(session: Session, tasks: Sequence[Task]) -> list[dict[str, Any]]:
    about = task_list.what_about(session, tasks)
    return [_view(task, about[task.id]) for task in tasks]


def _view(task: Task, about: task_list.About) -> dict[str, Any]:
    ids = {name: task.detail.get(name) for name in about._fields}
    return {
        "id": task.id,
        "kind": task.kind,
        "text": TASK_TEXTS.get(task.kind, task.kind),
        "state": "open" if task.done_at is None else "done",
        "due_on": task.due_on,
        "created_at": task.created_at,
        "ref": _REFS.get(task.ref_table, task.ref_table),
        "ref_id": task.ref_id,
        **{name: known or ids[name] for name, known in about._asdict().items()},
        "detail": task.detail,
        "done_at": task.done_at,
        "done_by": task.done_by,
        "note": task.note,
    }


def _cursor(task: Task) -> str:
    return encode_key([task.done_at is not None, task.due_on, task.id])
