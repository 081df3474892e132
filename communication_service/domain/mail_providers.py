"""Behind whose servers a mailbox is: those servers, not the address, grow impatient with us.

The large providers have many domains and go by their name. Any other domain may be a practice's
own and bear its name, so it goes by a hash.
"""

from hashlib import sha256

OTHERS = "others"

_DOMAINS = {
    "apple": "icloud.com mac.com me.com",
    "freenet": "freenet.de",
    "google": "gmail.com googlemail.com",
    "mailbox.org": "mailbox.org",
    "microsoft": "hotmail.com hotmail.de live.com live.de msn.com outlook.com outlook.de",
    "posteo": "posteo.de posteo.net",
    "telekom": "magenta.de t-online.de",
    "united-internet": "1und1.de gmx.at gmx.ch gmx.com gmx.de gmx.info gmx.net web.de",
    "vodafone": "arcor.de vodafone.de vodafonemail.de",
    "yahoo": "aol.com aol.de yahoo.com yahoo.de ymail.com",
}
_BY_DOMAIN = {domain: name for name, domains in _DOMAINS.items() for domain in domains.split()}

LABELS = (*_DOMAINS, OTHERS)


def provider_of(domain: str) -> str:
    """`domain` in lower case, as it stands in an address."""
    return _BY_DOMAIN.get(domain) or f"#{sha256(domain.encode()).hexdigest()[:16]}"


def label_of(provider: str | None) -> str:
    """A word of LABELS. None: nobody has looked yet."""
    return provider if provider in _DOMAINS else OTHERS
