"""What each reason means to a writer, and what to do next (novita-api.md, section 5).

Reasons in capitals are the API's own; those in lower case are ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Who(Enum):
    WRITER = "writer"
    OWNER = "owner"
    NOBODY = "nobody"


@dataclass(frozen=True)
class Explanation:
    """One plain sentence, the next step, and who can take it."""

    sentence: str
    next_step: str
    who: Who


OTHERWISE = Explanation(
    "The service refused this for a reason we do not know.",
    "Read its own words below, then try again.",
    Who.WRITER,
)

EXPLANATIONS = {
    "INVALID_REQUEST_BODY": Explanation(
        "The service found a value in this request that it does not accept.",
        "Its own words below say which. Correct it and render again.",
        Who.WRITER,
    ),
    "ILLEGAL_PROMPT": Explanation(
        "The service does not render these words.",
        "Change the prompt and render again.",
        Who.WRITER,
    ),
    "MISSING_API_KEY": Explanation(
        "No API key was sent, so nothing was rendered.",
        "An owner has to set the key.",
        Who.OWNER,
    ),
    "INVALID_API_KEY": Explanation(
        "The service does not accept the API key.",
        "An owner has to correct the key.",
        Who.OWNER,
    ),
    "API_NOT_ALLOWED": Explanation(
        "The account may not use this service.",
        "An owner has to look at the account.",
        Who.OWNER,
    ),
    "FEATURE_NOT_ALLOWED": Explanation(
        "The account may not use a feature that this look asks for.",
        "An owner has to look at the account, or the dedicated endpoint be switched off.",
        Who.OWNER,
    ),
    "NEED_REAL_NAME_VERIFY": Explanation(
        "The service wants the account's owner to prove who they are.",
        "An owner has to look at the account.",
        Who.OWNER,
    ),
    "BILLING_AUTH_FAILED": Explanation(
        "The service could not charge the account.",
        "An owner has to look at the account.",
        Who.OWNER,
    ),
    "BILLING_BALANCE_NOT_ENOUGH": Explanation(
        "The account's balance is too low to render.",
        "An owner has to top it up.",
        Who.OWNER,
    ),
    "RATE_LIMIT_EXCEEDED": Explanation(
        "The service takes no more requests right now.", "Wait: it goes by itself.", Who.NOBODY
    ),
    "API_NOT_FOUND": Explanation(
        "There is no text-to-video service at this address, or it was retired.",
        "An owner has to check the service's address.",
        Who.OWNER,
    ),
    "TASK_NOT_FOUND": Explanation(
        "The service no longer knows this render.",
        "Render again. The first attempt may have been charged.",
        Who.WRITER,
    ),
    "TASK_FAILED": Explanation(
        "The service could not finish this render.",
        "Render again. The first attempt may have been charged.",
        Who.WRITER,
    ),
    "BILLING_FAILED": Explanation(
        "The service failed while charging.",
        "It may have been accepted, so it was not sent again.",
        Who.WRITER,
    ),
    "CREATE_TASK_FAILED": Explanation(
        "The service failed while starting this render.",
        "It may have been accepted, so it was not sent again.",
        Who.WRITER,
    ),
    "GET_RESULT_FAILED": Explanation(
        "The service could not say how this render stands.", "Wait: we keep asking.", Who.NOBODY
    ),
    "not_connected": Explanation(
        "The service cannot be reached.",
        "Nothing was sent and nothing was spent. We keep trying.",
        Who.NOBODY,
    ),
    "no_answer": Explanation(
        "The service did not answer.",
        "It may have been accepted, so it was not sent again.",
        Who.WRITER,
    ),
    "bad_answer": Explanation(
        "The service answered with something that cannot be read.",
        "It may have been accepted, so it was not sent again.",
        Who.WRITER,
    ),
    "interrupted": Explanation(
        "The poller stopped while this was being sent.",
        "It may have been accepted, so it was not sent again.",
        Who.WRITER,
    ),
    "link_expired": Explanation(
        "The address of the finished video is no longer good.",
        "Render again. This render was charged.",
        Who.WRITER,
    ),
    "not_a_video": Explanation(
        "What the service sent is not a whole video.",
        "Render again. This render may have been charged.",
        Who.WRITER,
    ),
    "no_result": Explanation(
        "The service says it is done, but sent no video.",
        "Render again. This render may have been charged.",
        Who.WRITER,
    ),
    "too_large": Explanation(
        "The video is larger than we store.",
        "Choose a smaller size or fewer frames, and render again.",
        Who.WRITER,
    ),
    "address_refused": Explanation(
        "The service named an address for the video that must not be asked.",
        "An owner has to check the service's address.",
        Who.OWNER,
    ),
    "download_broken": Explanation(
        "The video broke off on its way here.", "Wait: we try again.", Who.NOBODY
    ),
    "store_full": Explanation(
        "The disk is full.", "The video is fetched as soon as there is room.", Who.OWNER
    ),
    "store_failed": Explanation("The video could not be stored.", "Wait: we try again.", Who.OWNER),
    "own_error": Explanation(
        "Storyboard stumbled while sending this.",
        "It may have been accepted, so it was not sent again.",
        Who.WRITER,
    ),
    "held": Explanation(
        "Held after a restore: nothing is sent until whoever runs this installation confirms.",
        "Nothing was spent. Wait, or cancel it.",
        Who.NOBODY,
    ),
    "copied": Explanation(
        "Restored from a backup: it may have been approved and paid since that was made.",
        "An owner has to compare with the service's own list before approving it.",
        Who.OWNER,
    ),
    "over_limit": Explanation(
        "Not sent: with it this month would go over the team's limit. An owner can raise the "
        "limit, or it can be cancelled.",
        "Nothing was spent. It is sent by itself once the limit allows it.",
        Who.OWNER,
    ),
    "key_gone": Explanation(
        "The API key that this was to go by was taken away.",
        "An owner has to enter a key of the same account.",
        Who.OWNER,
    ),
    "key_unreadable": Explanation(
        "The team's API key cannot be read: what sealed it is missing.",
        "An owner has to enter the key again. Nothing is sent until then.",
        Who.OWNER,
    ),
    "engine_changed": Explanation(
        "This belongs to another service's address than the settings name now.",
        "An owner has to set the address back, or render again at the new one.",
        Who.OWNER,
    ),
}


def explain(reason: str) -> Explanation:
    """Return what `reason` means; an unknown one gets words that promise nothing."""
    return EXPLANATIONS.get(reason, OTHERWISE)
