"""Carriers and where a parcel of theirs can be followed."""

from urllib.parse import quote

from domain.errors import TrackingNumberInvalid

# POST Luxembourg's page takes no number from its address; it opens on the search field.
_TEMPLATES = {
    "dhl": "https://www.dhl.com/global-en/home/tracking.html?tracking-id={}",
    "dpd": "https://tracking.dpd.de/status/en_US/parcel/{}",
    "ups": "https://www.ups.com/track?tracknum={}",
    "fedex": "https://www.fedex.com/fedextrack/?trknbr={}",
    "gls": "https://gls-group.eu/EU/en/parcel-tracking?match={}",
    "postluxembourg": "https://www.post.lu/en/particuliers/colis-courrier/track-and-trace#/search",
    "laposte": "https://www.laposte.fr/outils/suivre-vos-envois?code={}",
    "bpost": "https://track.bpost.cloud/btr/web/#/search?itemCode={}&lang=en",
    "postnl": "https://jouw.postnl.nl/track-and-trace/{}",
    "postnord": "https://tracking.postnord.com/en/tracking?id={}",
}
_ALIASES = {
    "colissimo": "laposte",
    "lapostecolissimo": "laposte",
    "colissimolaposte": "laposte",
    "postlu": "postluxembourg",
    "dhlexpress": "dhl",
    "dhlparcel": "dhl",
}

# As people write them; each is known above.
CARRIERS = (
    "DHL",
    "DPD",
    "UPS",
    "FedEx",
    "GLS",
    "POST Luxembourg",
    "La Poste",
    "bpost",
    "PostNL",
    "PostNord",
)


def tracking_url(carrier: str, tracking_number: str) -> str | None:
    """The carrier's page for this parcel, or None for a carrier that is not known.

    The carrier's name is matched without regard to case, spaces and punctuation.
    """
    name = "".join(character for character in carrier.casefold() if character.isalnum())
    template = _TEMPLATES.get(_ALIASES.get(name, name))
    return None if template is None else template.format(quote(tracking_number.strip(), safe=""))


def check_tracking_number(tracking_number: str) -> None:
    """Raise TrackingNumberInvalid unless it has 1 to 64 printable characters that are not all spaces."""
    if not tracking_number.strip() or len(tracking_number) > 64 or not tracking_number.isprintable():
        raise TrackingNumberInvalid("A tracking number has 1 to 64 printable characters.")
