"""A patient by id with nothing in between: what Flask and psycopg2 cost by themselves."""

from typing import Any

import psycopg2
from flask import Flask, Response, jsonify
from psycopg2.extras import RealDictCursor
from sqlalchemy import make_url


def bare_app(url: str) -> Flask:
    """No token, no schema, no decryption, no log, one connection for good."""
    at = make_url(url)
    connection = psycopg2.connect(
        host=at.host, port=at.port, dbname=at.database, user=at.username, password=at.password
    )
    app = Flask("bare")

    @app.get("/patients/<int:patient_id>")
    def patient(patient_id: int) -> Response:
        with connection, connection.cursor(cursor_factory=RealDictCursor) as cursor:
            cursor.execute("SELECT * FROM patient_service.patients WHERE id = %s", (patient_id,))
            row: Any = cursor.fetchone()
        return jsonify(row)

    return app
