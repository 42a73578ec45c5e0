"""When the owner of a record learns that it was found: the searching bureau decides within the rules."""

from comity.kernel.codes import NotificationPolicy


def owner_told_now(policy: NotificationPolicy, *, own_confirmation: bool) -> bool:
    """Tell whether the owner's alarm is due (articles 104 to 106).

    `own_confirmation`: the searching bureau's own desk has looked at the hit and confirmed it.
    """
    if policy is NotificationPolicy.AT_ONCE:
        return True
    return policy is NotificationPolicy.AFTER_CONFIRMATION and own_confirmation
