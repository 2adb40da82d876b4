"""A fault of our own, on every face: told in the face's own form, and nothing of what it was."""

from xml.etree import ElementTree as ET

import pytest

from contract.bad import TELLTALES, refused
from support.world import World


def _break(world: World, *tables: str) -> None:
    """Take tables away behind the server's back."""
    for table in tables:
        world.rows(f"ALTER TABLE {table} RENAME TO no_{table}")


def test_on_the_nexus_face(own_world: World) -> None:
    own_world.nexus.ok("GET", "/user")
    _break(own_world, "users")

    refused(own_world.nexus.get("/user"), 5000)


@pytest.mark.parametrize(("face", "rest"), [("mdx", ""), ("sso", "/api_token")])
def test_on_a_partner_face_in_the_form_that_was_asked_for(own_world: World, face: str, rest: str) -> None:
    url = f"{own_world.ready[face]}/{own_world.ready['client_id']}/users/someone{rest}"
    headers = {"MD-API-KEY": own_world.ready["api_key"]}
    _break(own_world, "users")

    as_json = own_world.http.get(f"{url}.json", headers=headers)
    as_xml = own_world.http.get(f"{url}.xml", headers=headers)

    assert (as_json.status_code, as_xml.status_code) == (500, 500)
    assert as_json.headers["content-type"].endswith("+json")
    assert as_xml.headers["content-type"].endswith("+xml")
    assert ET.fromstring(as_xml.content).findtext("message") == as_json.json()["error"]["message"]
    assert not [word for word in TELLTALES if word in as_json.text + as_xml.text]


def test_on_a_page(own_world: World) -> None:
    uri = own_world.nexus.member()["oauth_window_uri"]
    _break(own_world, "oauth_states")

    response = own_world.http.get(uri)

    assert response.status_code == 500
    assert response.headers["content-type"].startswith("text/html")
    assert not [word for word in TELLTALES if word in response.text]
