"""Client of a Yumen domain.

Raw data never leaves a domain. A job runs beside the data, its result is held, people review it, and only then
is it released, with a receipt. This package submits jobs, follows them, lets reviewers vote, and fetches what was
released. What is refused, and why, is for the server to say: see :class:`Error`.
"""

from .client import Client
from .errors import Conflict, Corrupt, Denied, Error, Failed, Internal, Invalid, Limit, NotFound, Reason, Unavailable
from .errors import UnknownOutcome
from .result import Result
from .values import Case, Dataset, Explanation, Job, Param, Release, Rows, Text, Token, Upload, Waiting

__all__ = [
    "Case",
    "Client",
    "Conflict",
    "Corrupt",
    "Dataset",
    "Denied",
    "Error",
    "Explanation",
    "Failed",
    "Internal",
    "Invalid",
    "Job",
    "Limit",
    "NotFound",
    "Param",
    "Reason",
    "Release",
    "Result",
    "Rows",
    "Text",
    "Token",
    "Unavailable",
    "UnknownOutcome",
    "Upload",
    "Waiting",
]
