"""What people who work for a vendor, or for the platform, do in a browser."""

from playwright.async_api import Page

from api.cookies import DESK, PLATFORM, Realm
from api.tokens import Audience, Claims, Tokens, admin_claims
from db.tables import Admin, VendorUser
from tests.api.backoffice import create_admin
from tests.browser.conftest import Shop
from tests.builders import create_vendor_user


async def work_at_desk(page: Page, shop: Shop, role: str = "owner") -> VendorUser:
    """Sign in at the desk of the shop, as somebody new with this role."""
    storefront = shop.storefront
    user = await create_vendor_user(storefront.database, storefront.vendor, role=role)
    claims = Claims(id=user.id, vendor_id=user.vendor_id, role=user.role)
    await _keep(page, shop, DESK, Audience.VENDOR, claims)
    return user


async def work_as_admin(page: Page, shop: Shop) -> Admin:
    """Sign in at the platform's pages, as somebody new."""
    admin = await create_admin(shop.storefront.database)
    await _keep(page, shop, PLATFORM, Audience.ADMIN, admin_claims(admin))
    return admin


async def _keep(page: Page, shop: Shop, realm: Realm, audience: Audience, claims: Claims) -> None:
    settings = shop.storefront.settings
    tokens = Tokens(settings.jwt_secret.get_secret_value(), settings.token_lifetime)
    token = tokens.issue(audience, claims)
    await page.context.add_cookies(
        [{"name": realm.caller, "value": token, "url": shop.url, "httpOnly": True, "sameSite": "Lax"}]
    )
