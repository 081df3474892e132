"""How the house and a patient get in touch."""

CHANNELS = ("email", "phone", "letter", "portal", "in_person")
DIRECTIONS = ("outgoing", "incoming")
