"""A small OpenID Connect provider for development: seeded users, no passwords, loopback only."""
