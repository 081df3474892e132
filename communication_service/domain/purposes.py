"""What a mail is for. For one inquiry there is at most one mail of each purpose."""

from enum import StrEnum


class Purpose(StrEnum):
    INQUIRY = "inquiry"
