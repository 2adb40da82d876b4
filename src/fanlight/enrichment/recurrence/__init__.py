"""Recurrence: what comes again and again, at which distance, when next, and how sure that is. Pure."""

from fanlight.enrichment.recurrence.cadence import Cadence
from fanlight.enrichment.recurrence.finding import Occurrence
from fanlight.enrichment.recurrence.series import PriceChange, Series, Status, find, recurring

__all__ = ["Cadence", "Occurrence", "PriceChange", "Series", "Status", "find", "recurring"]
