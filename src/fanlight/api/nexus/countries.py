"""Countries by name, as the wire shows them; inside they are codes of ISO 3166-1, and without a name they stay so."""

_NAMES = """
AE United Arab Emirates|AF Afghanistan|AT Austria|AU Australia|BD Bangladesh|BE Belgium|BR Brazil|CA Canada
CD Democratic Republic of the Congo|CH Switzerland|CI Ivory Coast|CL Chile|CN China|CO Colombia|CY Cyprus|DE Germany
DK Denmark|EE Estonia|EG Egypt|ES Spain|ET Ethiopia|FI Finland|FR France|GB United Kingdom|HK Hong Kong|ID Indonesia
IE Ireland|IN India|IQ Iraq|IR Iran|IT Italy|JP Japan|KE Kenya|KP North Korea|KR South Korea|LT Lithuania|LU Luxembourg
MA Morocco|ML Mali|MM Myanmar|MT Malta|MX Mexico|NG Nigeria|NL Netherlands|NO Norway|NZ New Zealand|PE Peru
PH Philippines|PK Pakistan|PT Portugal|RU Russia|SA Saudi Arabia|SE Sweden|SG Singapore|TH Thailand|TR Turkey|TW Taiwan
TZ Tanzania|US United States|VE Venezuela|VN Vietnam|ZA South Africa
"""
NAMES = {entry[:2]: entry[3:] for entry in _NAMES.strip().replace("\n", "|").split("|")}


def name_of(code: str | None) -> str | None:
    return None if code is None else NAMES.get(code, code)
