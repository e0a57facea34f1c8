"""A Deadline Cloud over HTTP on loopback, for the demo and the tests.

    world (made by `build` or `tiny`) → service (checks, answers) → server (HTTP, faults)

It imports nothing else of this project and nothing of boto3's: its tables stand on their own and
tests hold them against the service's model.
"""

from simulator.build import build_world
from simulator.faults import Fault, Faults
from simulator.server import Simulator
from simulator.service import Recorded
from simulator.settings import SimulatorSettings
from simulator.tiny import tiny_world
from simulator.world import Budget, Farm, Fleet, Member, Person, Queue, World

__all__ = [
    "Budget",
    "Farm",
    "Fault",
    "Faults",
    "Fleet",
    "Member",
    "Person",
    "Queue",
    "Recorded",
    "Simulator",
    "SimulatorSettings",
    "World",
    "build_world",
    "tiny_world",
]
