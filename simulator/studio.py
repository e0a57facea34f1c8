"""The standing parts of the big world: what there is before anybody submits a job.

Prices are US dollars an hour. EC2 and Arnold are public list prices; wait-and-save, the other
licences and volumes are illustrative.
"""

from __future__ import annotations

from dataclasses import dataclass

SPOT = (("c5a.4xlarge", 0.164), ("c5.4xlarge", 0.188), ("r6i.4xlarge", 0.219))
SPOT_LARGE = (("m6id.8xlarge", 0.414), ("r6i.4xlarge", 0.219))
ON_DEMAND = (
    ("c6i.4xlarge", 0.68),
    ("c6i.8xlarge", 1.36),
    ("m6i.8xlarge", 1.536),
    ("r6i.4xlarge", 1.008),
)
WAIT_AND_SAVE = (("c5a.4xlarge", 0.11), ("c5.4xlarge", 0.13))
GPU = (("g5.2xlarge", 1.212), ("g6.2xlarge", 0.978), ("g6e.2xlarge", 2.242))
CUSTOMER_MANAGED = (("c5.12xlarge", 1.0), ("r5.8xlarge", 1.0))
VOLUME_USD_PER_GIB_HOUR = 0.08 / 730


@dataclass(frozen=True)
class Department:
    """What its jobs are like: worker hours (median, spread of the logarithm), minutes a session,
    the most sessions, the share held back for the night, and its licences with their price."""

    task: str
    median_hours: float
    spread: float
    session_minutes: float
    most_sessions: int
    night_share: float
    licenses: tuple[tuple[str, float], ...]


DEPARTMENTS = (
    Department("comp", 1.6, 0.7, 22, 20, 0.1, (("nuke-16", 0.40), ("nuke-15", 0.40))),
    Department("light", 17.0, 0.8, 85, 60, 0.5, (("arnold-7", 0.66), ("arnold-7", 0.66))),
    Department("fx", 42.0, 0.9, 190, 60, 0.4, (("houdini-21.0", 0.95), ("houdini-20.5", 0.95))),
    Department("lookdev", 4.0, 0.7, 40, 20, 0.1, (("vray-7", 0.35), ("arnold-7", 0.66))),
    Department("build", 0.7, 0.6, 25, 4, 0.0, ()),
)
COMP, LIGHT, FX, LOOKDEV, BUILD = range(len(DEPARTMENTS))


@dataclass(frozen=True)
class QueuePlan:
    """A queue, the department and show that fill it, and its share of submissions."""

    display_name: str
    department: int
    show: int
    share: float


@dataclass(frozen=True)
class FleetPlan:
    """A fleet and how much of each department's work it gets (in the order of DEPARTMENTS)."""

    display_name: str
    market: str | None
    hourly_usd: tuple[tuple[str, float], ...]
    shares: tuple[float, float, float, float, float]
    max_workers: int
    gpu: bool = False
    volume_gib: int | None = None


@dataclass(frozen=True)
class FarmPlan:
    """A farm; `weekday_jobs` is how many are submitted on a normal weekday."""

    display_name: str
    description: str
    cost_scale_factor: float
    weekday_jobs: float
    has_runaways: bool
    queues: tuple[QueuePlan, ...]
    fleets: tuple[FleetPlan, ...]


LARGE = FarmPlan(
    display_name="Features",
    description="Feature film and episodic work",
    cost_scale_factor=1.0,
    weekday_jobs=37,
    has_runaways=True,
    queues=(
        QueuePlan("AGM Comp", COMP, 0, 0.17),
        QueuePlan("AGM Lighting", LIGHT, 0, 0.13),
        QueuePlan("AGM FX", FX, 0, 0.06),
        QueuePlan("ORC Comp", COMP, 1, 0.13),
        QueuePlan("ORC Lighting", LIGHT, 1, 0.09),
        QueuePlan("ORC FX", FX, 1, 0.04),
        QueuePlan("Lighting", LIGHT, 2, 0.05),
        QueuePlan("Lighting", LIGHT, 2, 0.03),
        QueuePlan("TDL Comp", COMP, 2, 0.08),
        QueuePlan("TDL FX <script>alert(1)</script>", FX, 2, 0.02),
        QueuePlan("Lookdev & Dailies | *do not delete*", LOOKDEV, 0, 0.08),
        QueuePlan("夜間レンダー 🌙", LIGHT, 1, 0.03),
        QueuePlan("Pipeline builds", BUILD, 2, 0.07),
        QueuePlan("=1+1", LOOKDEV, 2, 0.02),
    ),
    fleets=(
        FleetPlan("Spot", "spot", SPOT, (0.6, 0.4, 0.2, 0.5, 0.5), 400, volume_gib=500),
        FleetPlan("Spot **large**", "spot", SPOT_LARGE, (0, 0.2, 0.25, 0, 0), 120),
        FleetPlan("On-demand", "on-demand", ON_DEMAND, (0.15, 0.1, 0.15, 0.1, 0.5), 80),
        FleetPlan("Wait and save", "wait-and-save", WAIT_AND_SAVE, (0.1, 0.15, 0.1, 0, 0), 200),
        FleetPlan("Machine room", None, CUSTOMER_MANAGED, (0.15, 0.1, 0.15, 0.2, 0), 40),
        FleetPlan("GPU", "on-demand", GPU, (0, 0.05, 0.15, 0.2, 0), 60, gpu=True, volume_gib=1000),
    ),
)
MID = FarmPlan(
    display_name="Commercials",
    description="Short work, billed at an agreed rate",
    cost_scale_factor=0.85,
    weekday_jobs=12,
    has_runaways=False,
    queues=(
        QueuePlan("Comp", COMP, 1, 0.4),
        QueuePlan("3D", LIGHT, 1, 0.3),
        QueuePlan("FX", FX, 2, 0.1),
        QueuePlan("Lookdev", LOOKDEV, 2, 0.15),
        QueuePlan("Tools", BUILD, 1, 0.05),
    ),
    fleets=(
        FleetPlan("Spot", "spot", SPOT, (0.7, 0.6, 0.5, 0.6, 0.7), 100, volume_gib=250),
        FleetPlan("On-demand", "on-demand", ON_DEMAND, (0.2, 0.2, 0.3, 0.2, 0.3), 40),
        FleetPlan("Desks at night", None, CUSTOMER_MANAGED, (0.1, 0.2, 0.2, 0.2, 0), 12),
    ),
)
EMPTY = FarmPlan(
    display_name="Sandbox <img src=x onerror=alert(1)>",
    description="Nothing has been rendered here",
    cost_scale_factor=1.0,
    weekday_jobs=0,
    has_runaways=False,
    queues=(QueuePlan("Trial", COMP, 0, 0.5), QueuePlan("Trial 2", LIGHT, 0, 0.5)),
    fleets=(FleetPlan("Trial fleet", "spot", SPOT, (1, 1, 1, 1, 1), 5),),
)
FARMS = (LARGE, MID, EMPTY)

PEOPLE: tuple[tuple[str, int], ...] = (
    ("Amara Okonkwo", COMP),
    ("Bo Lindqvist", COMP),
    ("Chiara Fontana", COMP),
    ("Dev Raman", COMP),
    ("Elif Şahin", COMP),
    ("Finn O'Dowd", COMP),
    ("Grace Nakamura", COMP),
    ("Hugo Brandt", COMP),
    ("Ines Carvalho", COMP),
    ("Jonas Weiß", LIGHT),
    ("Kira Petrova", LIGHT),
    ("Luca <b>Rossi</b>", LIGHT),
    ("Mina 山田", LIGHT),
    ("Noah Adeyemi", LIGHT),
    ("Olga Novák", LIGHT),
    ("Pia Sørensen", LIGHT),
    ("ليلى حداد", LIGHT),
    ("Quentin Moreau", FX),
    ("Rosa *Star* Jiménez", FX),
    ("Sam Lee", FX),
    ("Sam Lee", FX),
    ("Tariq Aziz", FX),
    ("Uma Iyer", LOOKDEV),
    ("Vera Kowalska", LOOKDEV),
    ("=Wu Lei", LOOKDEV),
    ("Ximena Torres", LOOKDEV),
    ("Yusuf Demir", LIGHT),
    ("Zoë Martin", COMP),
    ("Aiko 🎬 Mori", COMP),
    ("Bram de Vries", FX),
)
"""Invented people and their departments; the last one has left and was deleted."""

ROBOT_ARN = "arn:aws:sts::111122223333:assumed-role/RenderPipeline/nightly-robot"
