"""`orion reconcile`: a reconciliation started, shown, stopped and resumed from the command line."""
