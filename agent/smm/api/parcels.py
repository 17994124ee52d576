"""The call of a tablet that brings another tablet's parcel."""

from dataclasses import dataclass

from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models import RawModel
from pydantic import BaseModel, Field

from agent.domain.exchange import ParcelReceipt
from agent.domain.parcel import read_parcel
from agent.smm.api.answers import json_of
from agent.smm.api.calls import BEARER, Call, blueprint_of
from agent.smm.database import Database, utc_now
from agent.smm.intake.parcels import take_parcel
from agent.smm.keys import KeyBox
from agent.smm.people import access


class AfterEnvelope(BaseModel):
    """Query: how many envelopes of the parcel to leave out."""

    after: int = Field(0, ge=0, le=10**6, description="`taken` of the last receipt for this parcel")


class ParcelFile(RawModel):
    """Body: the file as it was exported."""

    mimetypes: list[str] = ["application/octet-stream"]  # noqa: RUF012


@dataclass(frozen=True)
class ParcelCalls:
    """The views, on one database."""

    database: Database
    keys: KeyBox

    def take(self, query: AfterEnvelope, raw: ParcelFile) -> Response:
        """Take in what another tablet has exported: each envelope once"""
        with self.database.begin() as session:
            technician = access.session_of(session, request.headers.get("Authorization"), utc_now())
        parcel = read_parcel(raw.get_data())
        return json_of(take_parcel(self.database, self.keys, technician, parcel, query.after))


def blueprint(database: Database, keys: KeyBox) -> APIBlueprint:
    """It needs a technician's session, on any approved tablet."""
    views = ParcelCalls(database, keys)
    problems = (401, 403, 413, 415, 422, 429)
    return blueprint_of("parcels", (Call("POST", "/parcels", views.take, {"200": ParcelReceipt}, problems, BEARER),))
