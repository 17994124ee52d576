"""Why a meter refuses an association: the diagnostics of an AARE (IEC 62056-5-3:2017), and the codes of our errors."""

from enum import IntEnum

from agent.domain.errors import AssociationRefused


class Diagnostic(IntEnum):
    """What the meter's application says (acse-service-user; ISO/IEC 15954:1999)."""

    NULL = 0
    NO_REASON_GIVEN = 1
    APPLICATION_CONTEXT_NAME_NOT_SUPPORTED = 2
    CALLING_AP_TITLE_NOT_RECOGNISED = 3
    CALLING_AP_INVOCATION_IDENTIFIER_NOT_RECOGNISED = 4
    CALLING_AE_QUALIFIER_NOT_RECOGNISED = 5
    CALLING_AE_INVOCATION_IDENTIFIER_NOT_RECOGNISED = 6
    CALLED_AP_TITLE_NOT_RECOGNISED = 7
    CALLED_AP_INVOCATION_IDENTIFIER_NOT_RECOGNISED = 8
    CALLED_AE_QUALIFIER_NOT_RECOGNISED = 9
    CALLED_AE_INVOCATION_IDENTIFIER_NOT_RECOGNISED = 10
    AUTHENTICATION_MECHANISM_NAME_NOT_RECOGNISED = 11
    AUTHENTICATION_MECHANISM_NAME_REQUIRED = 12
    AUTHENTICATION_FAILURE = 13
    AUTHENTICATION_REQUIRED = 14

    @property
    def words(self) -> str:
        """The name in lower case, with hyphens."""
        return self.name.lower().replace("_", "-")


_PROVIDER = {0: "provider null", 1: "provider no-reason-given", 2: "provider no-common-acse-version"}
_NO_REASON, _CLIENT, _SERVER = "association-no-reason", "association-client", "association-server"
_CODES = {
    Diagnostic.NULL.words: _NO_REASON,
    Diagnostic.NO_REASON_GIVEN.words: _NO_REASON,
    Diagnostic.APPLICATION_CONTEXT_NAME_NOT_SUPPORTED.words: "association-context",
    **{Diagnostic(number).words: _CLIENT for number in range(3, 7)},
    **{Diagnostic(number).words: _SERVER for number in range(7, 11)},
    Diagnostic.AUTHENTICATION_MECHANISM_NAME_NOT_RECOGNISED.words: "association-mechanism",
    Diagnostic.AUTHENTICATION_MECHANISM_NAME_REQUIRED.words: "association-secret-needed",
    Diagnostic.AUTHENTICATION_REQUIRED.words: "association-secret-needed",
    _PROVIDER[0]: _NO_REASON,
    _PROVIDER[1]: _NO_REASON,
    _PROVIDER[2]: "association-version",
    "confirmed-service-error initiate other": _NO_REASON,
    "confirmed-service-error initiate dlms-version-too-low": "association-version",
    "confirmed-service-error initiate incompatible-conformance": "association-services",
    "confirmed-service-error initiate pdu-size-too-short": "association-services",
    "confirmed-service-error initiate refused": _NO_REASON,
}
"""Whatever is not here is a failed authentication: a wrong password or key, or a refusal by exception."""


def diagnostic_words(number: int, *, from_provider: bool) -> str:
    """A diagnostic by name, or by source and number where that has no name."""
    if from_provider:
        return _PROVIDER.get(number, f"provider {number}")
    return Diagnostic(number).words if number in list(Diagnostic) else f"user {number}"


def association_refused(diagnostic: str, *, transient: bool = False) -> AssociationRefused:
    """The error for a refusal in those words; a transient one may be tried again."""
    code = _CODES.get(diagnostic, AssociationRefused.default_code)
    return AssociationRefused(code=code, retryable=transient, diagnostic=diagnostic)
