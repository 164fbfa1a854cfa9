"""The tables of the customer's file."""

from onhand.customers.models.care import Consent, Flag
from onhand.customers.models.demo import DemoMaking
from onhand.customers.models.duplicates import DuplicateKey, DuplicateSuggestion
from onhand.customers.models.file import Address, Customer, Identity, Note, OutsideId
from onhand.customers.models.finding import Word
from onhand.customers.models.identification import CodeState, IdentificationRules, IdentityCheck, OneTimeCode
from onhand.customers.models.importing import BulkAnswer, CustomerImport, ImportChunk, ImportPiece, OutsideObject
from onhand.customers.models.merging import Merge
from onhand.customers.models.parties import Household, Relation
from onhand.customers.models.privacy import (
    Erasure,
    ErasureWork,
    PersonalExport,
    PersonalExportPart,
    PrivacyRequest,
    RetentionRule,
    RetentionRun,
    SuppressedIdentity,
)

__all__ = [
    "Address",
    "BulkAnswer",
    "CodeState",
    "Consent",
    "Customer",
    "CustomerImport",
    "DemoMaking",
    "DuplicateKey",
    "DuplicateSuggestion",
    "Erasure",
    "ErasureWork",
    "Flag",
    "Household",
    "IdentificationRules",
    "Identity",
    "IdentityCheck",
    "ImportChunk",
    "ImportPiece",
    "Merge",
    "Note",
    "OneTimeCode",
    "OutsideId",
    "OutsideObject",
    "PersonalExport",
    "PersonalExportPart",
    "PrivacyRequest",
    "Relation",
    "RetentionRule",
    "RetentionRun",
    "SuppressedIdentity",
    "Word",
]
