"""Errors that a user can act on: what went wrong, where, and what to do about it."""

from __future__ import annotations


class LakehouseError(Exception):
    """A failure with a remedy; its text is complete without a traceback.

    `permanent` says that trying again with the same input cannot help, so no retry is due. `security` names the
    event that somebody who looks after security wants to hear of, where the failure is one.
    """

    permanent = True
    security = ""

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        self.what, self.where, self.remedy = what, where, remedy
        super().__init__(
            "\n".join(
                part
                for part in (
                    f"{where}: {what}" if where else what,
                    f"Remedy: {remedy}" if remedy else "",
                )
                if part
            )
        )


class SettingsError(LakehouseError):
    """A LAKEHOUSE_* variable holds something that cannot be used."""


class OtherEnvironmentError(LakehouseError):
    """A lake belongs to an environment that this process does not say it works for."""


class ReleaseError(LakehouseError):
    """A release cannot be recorded, found or returned to."""


class EngineError(LakehouseError):
    """The engine that computes cannot be reached, or cannot do what the platform needs of it."""


class DeclarationError(LakehouseError):
    """A table is declared in a way that could not be kept; raised while the code is loaded."""


class DeliveryError(LakehouseError):
    """A file in the landing zone cannot be read as its table declares it."""


class UnknownPartitionError(LakehouseError):
    """A partition key that the table does not have."""


class UnknownTableError(LakehouseError):
    """A table or selection that the project does not have."""


class ContractError(LakehouseError):
    """A frame does not have the columns or types that its contract promises."""


class OutsideRangeError(LakehouseError):
    """A frame holds rows outside the partitions that the run was for."""

    security = "write outside range"


class RefusedError(LakehouseError):
    """Too many rows broke the contract: nothing was published, the table is as it was."""


class SchemaDriftError(LakehouseError):
    """The stored table and the declared table have different columns."""


class ConflictError(LakehouseError):
    """Another writer changed the same partitions first; trying again may help."""

    permanent = False


class RestoreError(LakehouseError):
    """A version of a table that cannot be brought back; nothing was changed."""


class GuardError(LakehouseError):
    """A vacuum that could delete what somebody still needs; nothing was deleted."""


class StorageError(LakehouseError):
    """The lake or the landing zone cannot be read or written (permission, space, path)."""


class CredentialError(StorageError):
    """A store does not accept who asks, or what they ask for."""

    security = "credential refused"


class UnavailableError(StorageError):
    """A store did not answer, or asked to be left alone for a while; trying again may help."""

    permanent = False
