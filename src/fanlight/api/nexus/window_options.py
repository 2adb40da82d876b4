"""The parameters of an OAuth window as a client writes them, on `oauth_window_uri` or with a new member."""

from fanlight.base.errors import Malformed
from fanlight.core.oauth_states import WindowOptions


def read_options(given: dict[str, object]) -> WindowOptions:
    """The end of a window as a client asks for it, on GET or beside a new member; raises Malformed."""
    source = given.get("referral_source") or given.get("oauth_referral_source") or "BROWSER"
    if source not in ("BROWSER", "APP"):
        raise Malformed("referral_source must be BROWSER or APP.")
    if _flag(given, "is_mobile_webview"):
        source = "APP"
    return WindowOptions(
        referral_source=str(source),
        url_scheme=_text(given, "ui_message_webview_url_scheme"),
        client_redirect_url=_text(given, "client_redirect_url"),
        skip_aggregation=_flag(given, "skip_aggregation"),
    )


def _flag(given: dict[str, object], name: str) -> bool | None:
    value = given.get(name)
    if value is None or value == "":
        return None
    if value in (False, "false"):
        return False
    if value in (True, "true"):
        return True
    raise Malformed(f"{name} must be true or false.")


def _text(given: dict[str, object], name: str) -> str | None:
    value = given.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise Malformed(f"{name} must be a text.")
    return value
