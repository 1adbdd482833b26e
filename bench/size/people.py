"""Customers with names and addresses, so that a search finds many by one beginning and few by another."""

import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from random import Random

from bench.size.copying import NULL, Lines, moment

# Of countries whose rate has not changed while the orders were placed.
CITIES = {
    "DE": (("Berlin", "10115"), ("Köln", "50667"), ("Trier", "54290"), ("Saarbrücken", "66111")),
    "FR": (("Metz", "57000"), ("Nancy", "54000"), ("Paris", "75002"), ("Strasbourg", "67000")),
    "BE": (("Arlon", "6700"), ("Bastogne", "6600"), ("Liège", "4000"), ("Namur", "5000")),
}
_FIRST = (
    *("Anna", "Anne", "Annika", "Antoine", "Arthur", "Ben", "Camille", "Carla"),
    *("Charlotte", "Claire", "Clara", "Daniel", "David", "Élise", "Emma", "Eva"),
    *("Felix", "Finn", "Florian", "François", "Hannah", "Hugo", "Ines", "Jakob"),
    *("Jan", "Jean-Luc", "Jeanne", "Jonas", "Julia", "Julie", "Karim", "Laura"),
    *("Lea", "Léon", "Lina", "Louis", "Louise", "Lukas", "Manon", "Maria"),
    *("Marie", "Mathilde", "Max", "Mia", "Mohamed", "Nina", "Noah", "Olivier"),
    *("Paul", "Pauline", "Peter", "Pierre", "Robin", "Sarah", "Sofia", "Sophie"),
    *("Stefan", "Thomas", "Tom", "Victor", "Yasmine", "Zoé"),
)
_LAST = (
    *("Adam", "André", "Bauer", "Becker", "Bernard", "Bertrand", "Braun", "Colin"),
    *("Da-Silva", "David", "Denis", "Dubois", "Dupont", "Durand", "Faber", "Fischer"),
    *("Fontaine", "Fournier", "Garcia", "Girard", "Hansen", "Hartmann", "Hoffmann", "Huber"),
    *("Jacobs", "Janssens", "Kaiser", "Keller", "Klein", "Koch", "Kremer", "Krüger"),
    *("Lambert", "Lang", "Laurent", "Lefèvre", "Lemaire", "Leroy", "Maes", "Martin"),
    *("Mercier", "Meyer", "Michel", "Müller", "Neumann", "O'Neill", "Peeters", "Petit"),
    *("Richard", "Robert", "Roth", "Rousseau", "Schmidt", "Schmit", "Schneider", "Schröder"),
    *("Simon", "Thill", "Thomas", "Vincent", "Wagner", "Weber", "Weis", "Wolf"),
    *("Zimmermann"),
)
_STREETS = ("Rue de la Gare", "Hauptstraße", "Grand-Rue", "Bahnhofstraße", "Avenue de la Liberté")
_NO_PASSWORD = "nobody signs in with it"  # noqa: S105 -- not a password: no hash is like this
_GUESTS, _LINKED = 0.4, 0.1


@dataclass
class Person:
    """A customer with their only address and cart, all of which have the same id."""

    id: int
    vendor_id: int
    first_name: str
    last_name: str
    email: str
    account_id: int | None
    is_guest: bool
    country: str
    address: dict[str, str | None]
    document: str
    since: datetime
    carts: int = 0
    orders: int = 0
    spent: Decimal = Decimal(0)


class People:
    """The customers of all vendors; some come again and again."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._known: dict[int, list[Person]] = {}
        self._everybody: list[Person] = []

    def somebody(self, vendor_id: int, at: datetime) -> Person:
        """Who orders now: every fourth time somebody new, and a guest only once."""
        known, random = self._known.setdefault(vendor_id, []), self._random
        if known and random.random() < 0.75:
            return known[int(len(known) * random.random() ** 2)]
        person = self._new(vendor_id, at, known)
        if not person.is_guest:
            known.append(person)
        return person

    def _new(self, vendor_id: int, at: datetime, known: list[Person]) -> Person:
        random = self._random
        number = len(self._everybody) + 1
        is_guest = random.random() < _GUESTS
        account = random.choice(known) if is_guest and known and random.random() < _LINKED else None
        first, last = (
            (random.choice(_FIRST), random.choice(_LAST))
            if account is None
            else (account.first_name, account.last_name)
        )
        email = f"{first}.{last}{number}@mail{number % 7}.example".lower().replace("'", "")
        country = random.choice(("DE", "FR", "BE"))
        city, postal_code = random.choice(CITIES[country])
        address = {
            "first_name": first,
            "last_name": last,
            "company": None,
            "address_line1": f"{number % 200 + 1} {random.choice(_STREETS)}",
            "address_line2": None,
            "city": city,
            "postal_code": postal_code,
            "country": country,
            "phone": None,
        }
        person = Person(
            id=number,
            vendor_id=vendor_id,
            first_name=first,
            last_name=last,
            email=email if account is None else account.email,
            account_id=None if account is None else account.id,
            is_guest=is_guest,
            country=country,
            address=address,
            document=json.dumps(address, ensure_ascii=False),
            since=at,
        )
        self._everybody.append(person)
        return person

    def write(self, lines: Lines) -> None:
        """The rows of everybody, once all orders are known."""
        for person in self._everybody:
            since, address = moment(person.since), person.address
            own = (person.id, person.vendor_id)
            lines.add(
                "customers",
                *own,
                person.email,
                NULL if person.is_guest else _NO_PASSWORD,
                NULL if person.account_id is None else person.account_id,
                person.first_name,
                person.last_name,
                person.orders,
                person.spent,
                since,
                since,
            )
            where = (address["address_line1"], address["city"], address["postal_code"], person.country)
            name = (person.first_name, person.last_name)
            lines.add("customer_addresses", *own, person.id, *name, *where, "t", since, since)
            session_id = f"size-session-{person.id:012}"
            lines.add("carts", *own, session_id, person.id, person.carts + 1, since, since)
