"""What the page asks to be done, as the job's parameters."""

from agent.api.messages import StartJob
from agent.domain.activity import Activity
from agent.domain.exchange import InfoParameters, JobParameters, NoParameters, RangeParameters
from agent.domain.moments import parse_moment

_RANGED = (Activity.LOAD_PROFILE.value, Activity.EVENTS.value)


def parameters_asked(wish: StartJob) -> JobParameters:
    """Raises: InputError `bad-input`, for a moment that is none."""
    if wish.info and wish.activity == Activity.LOAD_PROFILE.value:
        return InfoParameters()
    if wish.activity not in _RANGED or (wish.first is None and wish.last is None):
        return NoParameters()
    return RangeParameters(
        first=None if wish.first is None else parse_moment(wish.first, "first"),
        last=None if wish.last is None else parse_moment(wish.last, "last"),
    )
