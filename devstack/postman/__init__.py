"""The Postman collection of all five services, from their contracts."""

from devstack.postman.collection import COLLECTION, postman_collection

__all__ = ["COLLECTION", "postman_collection"]
