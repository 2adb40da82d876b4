"""Redaction: what must never reach a log, an error or a repr."""

import logging
import re

MASK = "[redacted]"
_NAMED = "code|state|token|secret|password|assertion|verifier|api_key|authorization|cookie|request_uri"
_PAIRS = re.compile(rf"(?i)\b([\w-]*(?:{_NAMED})[\w-]*)(['\"]?\s*[=:]\s*['\"]?)(?:bearer |basic )?[^\s&'\",;}}]+")
# Longer than a guid with its prefix (40); tokens may begin and end with a dash, so word boundaries do not do.
_TOKENS = re.compile(r"(?<![\w-])[\w-]{43,}(?![\w-])", re.ASCII)


def redact(text: str) -> str:
    """The text without values that look like secrets (named ones, and long random ones)."""
    return _TOKENS.sub(MASK, _PAIRS.sub(rf"\1\2{MASK}", text))


class RedactingFilter(logging.Filter):
    """Formats a record and redacts it, whoever logged it; exception texts included."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = redact(record.getMessage())
        record.args = None
        if record.exc_info:
            record.exc_text = redact(logging.Formatter().formatException(record.exc_info))
            record.exc_info = None
        return True
