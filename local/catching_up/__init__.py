"""`orion catch-up`: what a restored database lacks is taken from the orders' workflows and from Stripe."""
