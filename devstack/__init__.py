"""The local stack without Docker: database, gateway, mail sink, token issuer, services."""
