"""URL → resource."""

from shared.http.parked_events import PARKED_EVENT_ROUTES
from shared.http.service import V1, Route
from therapist_service.api.scraper_imports import (
    ScraperImportById,
    ScraperImportByIdV1,
    ScraperImports,
    ScraperImportsV1,
    ScraperImportTrigger,
    ScraperStorageState,
)
from therapist_service.api.therapist_records import (
    TherapistContacts,
    TherapistContactWishes,
    TherapistHistory,
)
from therapist_service.api.therapist_twins import (
    LikelyDuplicates,
    LikelyDuplicatesOf,
    MergedInto,
    MergePreview,
    TherapistMerge,
)
from therapist_service.api.therapists import TherapistBatchGet, TherapistById, Therapists
from therapist_service.api.therapists_v1 import TherapistByIdV1, TherapistsV1

_THERAPIST = "/api/v2/therapists/<id:therapist_id>"

ROUTES = (
    *PARKED_EVENT_ROUTES,
    Route("/api/v2/therapists", Therapists),
    Route("/api/v2/therapists/batch-get", TherapistBatchGet),
    Route("/api/v2/therapists/likely-duplicates", LikelyDuplicates),
    Route(_THERAPIST, TherapistById),
    Route(f"{_THERAPIST}/contacts", TherapistContacts),
    Route(f"{_THERAPIST}/contact-wishes", TherapistContactWishes),
    Route(f"{_THERAPIST}/history", TherapistHistory),
    Route(f"{_THERAPIST}/likely-duplicates", LikelyDuplicatesOf),
    Route(f"{_THERAPIST}/merge", TherapistMerge),
    Route(f"{_THERAPIST}/merge/preview", MergePreview),
    Route(f"{_THERAPIST}/merged", MergedInto),
    Route("/api/v2/scraper-imports", ScraperImports),
    Route("/api/v2/scraper-imports/trigger", ScraperImportTrigger),
    Route("/api/v2/scraper-imports/storage", ScraperStorageState),
    Route("/api/v2/scraper-imports/<id:import_id>", ScraperImportById),
    Route(
        "/api/v1/therapists",
        TherapistsV1,
        aliases=("/api/therapists",),
        version=V1,
        successor="/api/v2/therapists",
    ),
    Route(
        "/api/v1/therapists/<id:therapist_id>",
        TherapistByIdV1,
        aliases=("/api/therapists/<id:therapist_id>",),
        version=V1,
        successor=_THERAPIST,
    ),
    Route(
        "/api/v1/scraper-imports",
        ScraperImportsV1,
        aliases=("/api/scraper-imports",),
        version=V1,
        successor="/api/v2/scraper-imports",
    ),
    Route(
        "/api/v1/scraper-imports/trigger",
        ScraperImportTrigger,
        aliases=("/api/scraper-imports/trigger",),
        version=V1,
        successor="/api/v2/scraper-imports/trigger",
    ),
    Route(
        "/api/v1/scraper-imports/<id:import_id>",
        ScraperImportByIdV1,
        aliases=("/api/scraper-imports/<id:import_id>",),
        version=V1,
        successor="/api/v2/scraper-imports/<id:import_id>",
    ),
)
