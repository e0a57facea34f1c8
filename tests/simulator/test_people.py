"""Members of a farm, and their names in the identity store."""

from __future__ import annotations

from tests.simulator.asking import client, refusal


def test_every_member_but_the_deleted_one_and_groups_has_a_name(big):
    simulator, boto = big
    identity = client(simulator, "identitystore")
    farm = simulator.world.farms[0].farm_id
    members = boto.list_farm_members(farmId=farm)["members"]
    names, nameless = [], []
    for member in members:
        request = {"IdentityStoreId": member["identityStoreId"], "UserId": member["principalId"]}
        try:
            names.append(identity.describe_user(**request)["DisplayName"])
        except identity.exceptions.ResourceNotFoundException:
            nameless.append(member["principalType"])
    people = [person.display_name for person in simulator.world.people if not person.deleted]
    assert names == people
    assert sorted(nameless) == ["GROUP", "USER"]
    identity.close()


def test_an_unknown_store_knows_nobody(big):
    simulator, _ = big
    identity = client(simulator, "identitystore")
    person = simulator.world.people[0].user_id
    said = refusal(identity.describe_user, IdentityStoreId="d-0000000000", UserId=person)
    assert said["Error"]["Code"] == "ResourceNotFoundException"
    identity.close()
