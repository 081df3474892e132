"""The story of `make demo`: a region is loaded, practices are asked, a patient finds a place.

It goes through the doors that everybody has: the gateway's REST interface, and the folder into
which the scraper puts its files.
"""

from devstack.story.door import StoryFailed
from devstack.story.facts import Facts
from devstack.story.plot import tell_story
from devstack.story.stage import Stage, staff_token, stage_of

__all__ = ["Facts", "Stage", "StoryFailed", "staff_token", "stage_of", "tell_story"]
