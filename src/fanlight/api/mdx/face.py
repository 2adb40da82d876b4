"""MDX Real Time v5: users, under `/{client_id}/users`."""

from fanlight.api.mdx import users
from fanlight.api.partner import SUFFIXES, Face, Route
from fanlight.base.asgi import RouteTree

ROUTES = (
    Route("POST", "/{client_id}/users", users.create, "Create a user"),
    Route("GET", "/{client_id}/users/{user_id}", users.read, "Read a user"),
    Route("PUT", "/{client_id}/users/{user_id}", users.update, "Update a user"),
    Route("DELETE", "/{client_id}/users/{user_id}", users.delete, "Delete a user"),
)


def face() -> Face:
    tree = RouteTree[Route](SUFFIXES)
    for route in ROUTES:
        tree.add(route.method, route.path, route)
    return Face(tree, "application/vnd.moneydesktop.mdx.v5", numeric_status=False)
