"""Expected trouble while provisioning: typed errors whose text is one clear line for a person."""


class ProvisionError(Exception):
    """The base of everything expected."""


class HubUnreachable(ProvisionError):
    """The hub did not answer as it should, or refused."""


class CardError(ProvisionError):
    """What was asked for cannot become a card; everything is as it was before."""
