"""The simulator's own tables of requests say what the service's published model says."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest

from simulator.operations import OPERATIONS, Operation
from simulator.shapes import SHAPES, Instant, Listing, Structure, Text, Whole


def model(service: str) -> Any:
    return botocore.session.get_session().get_service_model(service)


def table_of(shape: Any) -> Any:
    """A model's shape in the form of the simulator's tables."""
    limits = shape.metadata
    match shape.type_name:
        case "string":
            choices = tuple(limits.get("enum", ()))
            return Text(limits.get("pattern"), limits.get("min"), limits.get("max"), choices)
        case "integer":
            return Whole(limits["min"], limits["max"])
        case "timestamp":
            return Instant()
        case "list":
            return Listing(shape.member.name, limits["min"], limits["max"])
    members = {name: member.name for name, member in shape.members.items()}
    return Structure(members, tuple(shape.required_members), bool(limits.get("union")))


def same(ours: Any, theirs: Any) -> bool:
    if not isinstance(ours, Structure):
        return bool(ours == theirs)
    return (
        dict(ours.members) == dict(theirs.members)
        and set(ours.required) == set(theirs.required)
        and ours.union == theirs.union
    )


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_lies_where_the_model_puts_it(name):
    ours = OPERATIONS[name]
    theirs = model(ours.service).operation_model(name)
    assert (ours.method, ours.path) == (theirs.http["method"], theirs.http["requestUri"])
    assert same(ours.request, table_of(theirs.input_shape))


@pytest.mark.parametrize("name", [n for n, o in OPERATIONS.items() if o.service == "deadline"])
def test_members_are_in_the_path_or_the_query_string_as_in_the_model(name):
    ours: Operation = OPERATIONS[name]
    members = model("deadline").operation_model(name).input_shape.members
    places = {key: shape.serialization.get("location") for key, shape in members.items()}
    assert set(ours.query) == {key for key, place in places.items() if place == "querystring"}
    in_path = {key for key, place in places.items() if place == "uri"}
    assert in_path == {key for key in members if f"{{{key}}}" in ours.path}


@pytest.mark.parametrize("name", SHAPES)
def test_a_shape_has_the_limits_of_the_model(name):
    identity = ("IdentityStoreId", "ResourceId", "ExtensionName", "ExtensionNames")
    service = "identitystore" if name in identity else "deadline"
    assert same(SHAPES[name], table_of(model(service).shape_for(name)))


def test_every_shape_that_a_request_holds_is_in_the_tables():
    named = {
        shape for operation in OPERATIONS.values() for shape in operation.request.members.values()
    }
    for shape in SHAPES.values():
        if isinstance(shape, Structure):
            named |= set(shape.members.values())
        elif isinstance(shape, Listing):
            named.add(shape.of)
    assert named == set(SHAPES)
