"""The parameters of an OAuth window as a client writes them, on `oauth_window_uri` or with a new member."""

from collections.abc import Mapping

from fanlight.api.codec import read_flag
from fanlight.base.errors import Malformed
from fanlight.core.oauth_states import WindowOptions


def read_options(given: Mapping[str, object]) -> WindowOptions:
    """The end of a window as a client asks for it, on GET or beside a new member; raises Malformed."""
    source = given.get("referral_source") or given.get("oauth_referral_source") or "BROWSER"
    if source not in ("BROWSER", "APP"):
        raise Malformed("referral_source must be BROWSER or APP.")
    if read_flag(given.get("is_mobile_webview"), "is_mobile_webview"):
        source = "APP"
    return WindowOptions(
        referral_source=str(source),
        url_scheme=_text(given, "ui_message_webview_url_scheme"),
        client_redirect_url=_text(given, "client_redirect_url"),
        skip_aggregation=read_flag(given.get("skip_aggregation"), "skip_aggregation"),
    )


def _text(given: Mapping[str, object], name: str) -> str | None:
    value = given.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise Malformed(f"{name} must be a text.")
    return value
