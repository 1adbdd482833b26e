"""What is refused about people, and how they show who they are."""

from domain.errors.kinds import Conflict, Forbidden, Gone, NotFound, Unauthenticated


class CustomerNotFound(NotFound):
    code = "customer_not_found"


class VendorUserNotFound(NotFound):
    code = "vendor_user_not_found"


class AdminNotFound(NotFound):
    code = "admin_not_found"


class EmailTaken(Conflict):
    code = "email_taken"


class LastOwner(Conflict):
    code = "last_owner"


class LinkInvalid(NotFound):
    code = "link_invalid"


class LinkExpired(Gone):
    code = "link_expired"


class InvalidCredentials(Unauthenticated):
    code = "invalid_credentials"


class TokenInvalid(Unauthenticated):
    code = "token_invalid"


class TokenExpired(Unauthenticated):
    code = "token_expired"


class WrongAudience(Forbidden):
    code = "forbidden"


class CsrfInvalid(Forbidden):
    code = "csrf_invalid"
