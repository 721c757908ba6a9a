"""A client of Kukla's REST interface, for code that waits and for code that awaits.

It is: typed requests and answers, errors sorted by what to do about them, retries with back-off,
streamed imports that go on after the last acknowledged line.

    from kukla import Client

    with Client("http://127.0.0.1:6363") as client:
        client.create_collection("docs")
        client.upsert("docs", [{"id": "a", "text": "The cat sat on the mat."}], wait="searchable")
        print(client.search("docs", query="where is the cat?")["hits"][0]["id"])
"""

from . import models
from .client import DEFAULT_URL, AsyncClient, Client
from .errors import (
    AddressError,
    AnswerError,
    ConflictError,
    ConnectionFailedError,
    ErrorKind,
    ForbiddenError,
    ImportEndedError,
    InvalidError,
    KuklaError,
    NotFoundError,
    OverloadedError,
    ProblemError,
    ServerError,
    UnavailableError,
)
from .importing import ImportSummary
from .transport import UNSET, ClientOptions

__all__ = [
    "DEFAULT_URL",
    "UNSET",
    "AddressError",
    "AnswerError",
    "AsyncClient",
    "Client",
    "ClientOptions",
    "ConflictError",
    "ConnectionFailedError",
    "ErrorKind",
    "ForbiddenError",
    "ImportEndedError",
    "ImportSummary",
    "InvalidError",
    "KuklaError",
    "NotFoundError",
    "OverloadedError",
    "ProblemError",
    "ServerError",
    "UnavailableError",
    "models",
]
