"""What lies behind an error of the network, which libraries wrap layer by layer."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Iterator

from urllib3.exceptions import NameResolutionError, NewConnectionError

logger = logging.getLogger(__name__)


def causes(error: BaseException) -> Iterator[BaseException]:
    """Yield the error, what it was made of, and so on."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        reason = getattr(cause, "reason", None) or next(
            (part for part in cause.args if isinstance(part, BaseException)), None
        )
        cause = reason if isinstance(reason, BaseException) else cause.__cause__


def never_connected(error: BaseException) -> bool:
    """Whether nobody was there, or not who it should be, so that no byte of a request left."""
    kinds = (NewConnectionError, NameResolutionError, ssl.SSLCertVerificationError)
    return any(isinstance(cause, kinds) for cause in causes(error))


def tell_of_tls(error: BaseException, host: str) -> None:
    """Log where TLS itself failed: a certificate that is not believed wants looking at."""
    for cause in causes(error):
        if isinstance(cause, ssl.SSLError):
            why = getattr(cause, "verify_message", "") or cause.reason or type(cause).__name__
            logger.warning("TLS with %s failed: %s", host, why)
            return
