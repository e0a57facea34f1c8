"""Everything that can go wrong, as a person would tell it apart.

FarmCostsError                  a sentence that says what happened, and what to do next
├── QuestionError               exit 2: the question is wrong, or can't be answered exactly
│   ├── UnknownName             no farm, queue, fleet or person of that name or id
│   ├── Unanswerable            no set of cuts answers it exactly
│   ├── TooLarge                more rows, or more memory, than there may be
│   ├── NotFound                the service does not know an id (any more)
│   ├── Unwritable              there is no place for what it answers
│   └── Refused                 the service says the request is not valid
├── NamesMissing                exit as its cause: a name is searched, and not all could be had
├── HistoryError                exit 5: history can't be read or written, in its folder or bucket
│   └── Unwritten               it can't be written (`out_of_reach`)
├── AccessError                 exit 3: who we are, or what we may do
│   ├── CredentialsMissing      boto3 finds no credentials, or half of them
│   ├── CredentialsLate         none came in the time that is waited for them
│   ├── RegionMissing           boto3 knows of no Region
│   ├── ProfileMissing          a profile is named that there is not
│   ├── Misconfigured           what boto3 is pointed at can't be used
│   ├── CredentialsRejected     expired, unknown or wrongly signed
│   ├── ClockOff                signed at another time than AWS has (`skew`)
│   └── AccessDenied            the call is not allowed by the policy
└── ServiceError                exit 4: the service failed or did not answer in time
    ├── Unreachable             no connection, connection cut, no answer in time
    ├── ServiceFault            an answer of 5xx, again and again
    ├── Malformed               an answer that does not say what the service model promises
    │   ├── Garbled             one without what it must hold: cut short or altered on its way
    │   └── Contradictory       one that breaks the service's own laws; asked again, and again so
    ├── Undecided               it can't be put together with what history has of settled days
    ├── Throttled               too many requests, for longer than we wait
    ├── FarmBusy                another aggregation held the farm for too long
    ├── Closed                  the server is going down, and asks nothing any more
    ├── Overdue                 one question took longer than we wait for all of it
    ├── AggregationFailed       FAILED at the smallest piece
    ├── AggregationTimedOut     TIMEOUT at the smallest piece
    ├── AggregationEndless      IN_PROGRESS for longer than we wait
    └── ResultsExpired          results or page token gone; asked again, and gone again
"""

from __future__ import annotations

from stats.secrecy import readable


class FarmCostsError(Exception):
    """Base of all errors that a user sees: what happened, and what to do about it."""

    exit_code = 1
    title = "Something is wrong"

    def __init__(self, what: str, todo: str = "", *, operation: str = "") -> None:
        what = readable(what)
        super().__init__(what)
        self.what = f"{what.rstrip(' .:')}."  # the service's own words may end with one, or not
        self.todo = readable(todo)
        self.operation = operation
        self.of_farm = ""  # its id, where several are collected

    def __str__(self) -> str:
        return f"{self.what} {self.todo}".strip()


class QuestionError(FarmCostsError):
    """The question itself can't be answered as it stands."""

    exit_code = 2
    title = "This question can't be answered as it stands"


class UnknownName(QuestionError):
    """Nothing, or more than one thing, goes by the name or id given."""

    title = "There is nothing of that name"


class Unanswerable(QuestionError):
    """No set of cuts answers the question exactly, so it is declined rather than approximated."""

    title = "The service can't break this down exactly"


class TooLarge(QuestionError):
    """The answer is larger than what can be added up on this machine."""

    title = "This is too large to add up"

    def __init__(self, what: str) -> None:
        super().__init__(
            what,
            "Ask for a shorter window, a coarser period, or fewer jobs (by user, queue or name).",
        )


class NotFound(QuestionError):
    """The service does not know a farm, queue, fleet or aggregation."""

    title = "The service does not know this"


class Refused(QuestionError):
    """The service answered ValidationException: it will not take the request as it is."""

    title = "The service refused the request"


class Unwritable(QuestionError):
    """What a command brings can't be written where it was to go."""

    title = "There is no place for the output"


class NamesMissing(FarmCostsError):
    """A search by name might pass over some without; the exit code is that of the cause."""

    exit_code = 2
    title = "Not all names could be had"

    def __init__(self, what: str, todo: str, cause: FarmCostsError) -> None:
        super().__init__(f"{what.rstrip(' .')}. {cause.what}", f"{cause.todo} {todo}".strip())
        self.exit_code = cause.exit_code


class HistoryError(FarmCostsError):
    """History can't be read or written, in its folder or bucket; figures can still be asked for."""

    exit_code = 5
    title = "History is the trouble"


class AccessError(FarmCostsError):
    """Who is asking, or what they may do, is the trouble."""

    exit_code = 3
    title = "Access to AWS is the trouble"


class CredentialsMissing(AccessError):
    """boto3's chain found no credentials, or not all of them."""

    title = "No AWS credentials"


class RegionMissing(AccessError):
    """boto3's chain found no Region."""

    title = "No AWS Region"


class ProfileMissing(AccessError):
    """The profile that is named is in none of AWS's files."""

    title = "There is no such AWS profile"


class Misconfigured(AccessError):
    """A file, program, endpoint, proxy or Region that boto3 was pointed at can't be used."""

    title = "The AWS configuration can't be used"


class CredentialsLate(AccessError):
    """What boto3 asks for credentials, such as a program, does not answer."""

    title = "No AWS credentials come"


class CredentialsRejected(AccessError):
    """AWS does not accept the credentials: expired, unknown, or wrongly signed."""

    title = "AWS does not accept the credentials"


class AccessDenied(AccessError):
    """The credentials are good, but the policy does not allow the call."""

    title = "AWS does not allow this"


class ServiceError(FarmCostsError):
    """The service failed, or did not answer in time.

    `retry_after` is the pause in seconds that the service asked for, or None.
    """

    exit_code = 4
    title = "The service did not answer"

    def __init__(
        self, what: str, todo: str = "", *, operation: str = "", retry_after: float | None = None
    ) -> None:
        super().__init__(what, todo, operation=operation)
        self.retry_after = retry_after

    def adding(self, said: str) -> ServiceError:
        """The same error, with one sentence more."""
        self.what = f"{self.what} {said}"
        return self


class Unreachable(ServiceError):
    """No connection, a connection cut, or no answer within the time limit."""

    title = "The service can't be reached"


class ServiceFault(ServiceError):
    """The service answered with an internal error, each time."""

    title = "The service has a fault"


class Malformed(ServiceError):
    """The answer is not what the service's model promises."""

    title = "The service's answer can't be read"


class Garbled(Malformed):
    """The answer lacks what it must hold, as one does that was cut short, altered, or another's."""

    def __init__(self, what: str, todo: str = "", *, operation: str = "") -> None:
        why = "It was cut short or altered on its way: try again, and look at proxies in between."
        super().__init__(what, todo or why, operation=operation)


class Contradictory(Malformed):
    """The answer breaks the service's own laws, as one does that counts something twice."""

    title = "The service's answer contradicts itself"

    def __init__(self, what: str, *, operation: str = "") -> None:
        super().__init__(
            f"The service's answer contradicts itself: {what}",
            "Nothing of it is shown: a number would be wrong. Try again; tell AWS if it stays so.",
            operation=operation,
        )


class Undecided(ServiceError):
    """What is told of settled days now can't be put together with what history has of them."""

    title = "Not all that the service tells was taken in"


class Throttled(ServiceError):
    """The service turned a call away as one too many, for longer than we wait."""

    title = "The service is turning calls away"


class FarmBusy(ServiceError):
    """Another aggregation, of somebody else or of ours, held the farm for longer than we wait."""

    title = "The farm is busy with another aggregation"


class Closed(ServiceError):
    """The server is going down: what had not been answered will not be."""

    title = "Farm Costs is shutting down"

    def __init__(self) -> None:
        super().__init__("The server is shutting down and asks nothing more.", "Try again soon.")


class Overdue(ServiceError):
    """A question was not answered in time, though each of its parts was."""

    title = "This takes too long"


class AggregationFailed(ServiceError):
    """The aggregation ended FAILED, and it can't be made smaller."""

    title = "The service could not add this up"


class AggregationTimedOut(ServiceError):
    """The aggregation ended TIMEOUT, and it can't be made smaller."""

    title = "The service took too long to add this up"


class AggregationEndless(ServiceError):
    """The aggregation was still IN_PROGRESS when our patience ended."""

    title = "The service has not finished adding this up"


class ResultsExpired(ServiceError):
    """Results or their page token were gone before all pages were read, more than once."""

    title = "The service dropped the results"
