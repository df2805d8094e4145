"""How many examples Hypothesis draws: what `make check` has time for, and four times as many in `make test`."""

from __future__ import annotations

from math import ceil

from hypothesis import HealthCheck, settings

# A busy machine is slow, and right: no example has a deadline, and drawing one may take its time.
settings.register_profile(
    "quick", max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("thorough", settings.get_profile("quick"), max_examples=100)
settings.load_profile("quick")  # unless --hypothesis-profile says otherwise


def examples(share: float) -> settings:
    """Return the settings of a property that needs fewer examples than others, or more."""
    return settings(max_examples=ceil(share * settings().max_examples))


def slow_examples(share: float) -> settings:
    """Return the same for one whose examples are large, or seldom what the property is about."""
    return settings(examples(share), suppress_health_check=list(HealthCheck))
