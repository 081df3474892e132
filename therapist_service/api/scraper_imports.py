"""/api/v2/scraper-imports, and the same in v1 shape: what became of the scraper's files."""

from typing import Any

from shared.http.declarations import query, returns, roles
from shared.http.paging import Order, PageQuery, page_schema, read_page
from shared.http.resource import Call, Resource
from shared.http.v1 import V1Message, V1PageQuery, read_v1_page
from therapist_service.api import schemas
from therapist_service.storage import scraper_imports as register
from therapist_service.storage.tables import ScraperImport
from therapist_service.use_cases import scraper_imports
from therapist_service.wiring import Wiring


class ScraperImportQuery(PageQuery):
    """`created_at` of an import is when it was started."""


class ScraperImports(Resource[Wiring]):
    @roles("staff")
    @query(ScraperImportQuery)
    @returns(page_schema(schemas.ScraperImportAnswer))
    def get(self, call: Call[Wiring]) -> dict[str, Any]:
        """Importe auflisten"""
        descending = call.query["sort"].startswith("-")
        return read_page(
            call.session,
            register.scraper_imports(),
            Order(ScraperImport.started_at, ScraperImport.id, descending),
            cursor=call.query.get("cursor"),
            limit=call.query["limit"],
        )


class ScraperImportsV1(Resource[Wiring]):
    @roles("staff")
    @query(V1PageQuery)
    @returns(schemas.ScraperImportV1Answer, many=True)
    def get(self, call: Call[Wiring]) -> list[ScraperImport]:
        """Importe auflisten"""
        rows = register.scraper_imports()
        return read_v1_page(call.session, rows, ScraperImport.id, call.query)


class ScraperImportById(Resource[Wiring]):
    @roles("staff")
    @returns(schemas.ScraperImportAnswer)
    def get(self, call: Call[Wiring], import_id: int) -> ScraperImport:
        """Einen Import lesen"""
        return scraper_imports.read_import(call.session, import_id)


class ScraperImportByIdV1(Resource[Wiring]):
    @roles("staff")
    @returns(schemas.ScraperImportV1Answer)
    def get(self, call: Call[Wiring], import_id: int) -> ScraperImport:
        """Einen Import lesen"""
        return scraper_imports.read_import(call.session, import_id)


class ScraperStorageState(Resource[Wiring]):
    @roles("staff")
    @returns(schemas.ScraperStorageAnswer)
    def get(self, call: Call[Wiring]) -> dict[str, Any]:
        """Wann nach Dateien gesehen wurde, und ob der Speicher zu lesen ist"""
        state = register.storage(call.session)
        return {
            "kind": call.wiring.scraper_files.kind,
            "looked_at": state.looked_at,
            "next_look_at": state.next_look_at,
            "trouble": state.trouble,
            "trouble_since": state.trouble_since,
        }


class ScraperImportTrigger(Resource[Wiring]):
    @roles("staff")
    @returns(V1Message, 202)
    def post(self, call: Call[Wiring]) -> dict[str, str]:
        """Sofort nach neuen Dateien sehen und gescheiterte noch einmal versuchen"""
        scraper_imports.look_again(call.session)
        return {"message": "Der Import beginnt in wenigen Sekunden."}
