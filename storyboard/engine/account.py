"""The account of an engine that costs nothing: enough of it for any client that looks first."""

from __future__ import annotations

from storyboard.engine.core import Engine
from storyboard.engine.wire import Request, Response, json_response

# In 1/10000 USD, as the API counts: never used up.
CREDIT = 10_000_000


def balance(engine: Engine, request: Request) -> Response:
    return json_response(
        {
            "availableBalance": str(CREDIT),
            "cashBalance": "0",
            "creditLimit": str(CREDIT),
            "pendingCharges": "0",
            "outstandingInvoices": "0",
        }
    )


def user(engine: Engine, request: Request) -> Response:
    return json_response(
        {"allow_features": ["txt2video"], "credit_balance": CREDIT, "free_trial": {}}
    )
