"""The seeded users: invented people, one per role."""

from dataclasses import dataclass


@dataclass(frozen=True)
class User:
    subject: str
    name: str
    roles: tuple[str, ...]


USERS = {
    user.subject: user
    for user in (
        User("staff1", "Erika Beispiel", ("staff",)),
        User("admin1", "Konrad Muster", ("admin",)),
    )
}


def user_with_role(role: str) -> User:
    for user in USERS.values():
        if role in user.roles:
            return user
    known = ", ".join(role for user in USERS.values() for role in user.roles)
    raise ValueError(f"Nobody has the role {role!r}; there are: {known}.")
