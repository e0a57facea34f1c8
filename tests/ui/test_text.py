"""Everything that can be shown has a word, and the service's own words survive."""

import pytest

from stats import remarks
from stats.model import MISSING, Dimension, Market
from ui import text


@pytest.mark.parametrize("dimension", Dimension)
def test_every_dimension_has_its_words(dimension):
    words = text.WORDS[dimension]
    assert words.header.lower() == words.singular
    assert words.title.lower() == words.plural
    assert words.missing.startswith(("No", "Not"))


def test_every_market_has_a_name():
    assert set(text.MARKETS) == set(Market)


def test_known_usage_types_are_said_in_words_and_new_ones_as_they_are():
    assert text.usage_type_name("COMPUTE") == "Compute"
    assert text.usage_type_name("LICENSE") == "Licences"
    assert text.usage_type_name("PERSISTENT_VOLUME") == "Storage volumes"
    assert text.usage_type_name("QUANTUM_LEASE") == "QUANTUM_LEASE"


@pytest.mark.parametrize(
    ("column", "key", "name", "said"),
    [
        ("user_id", "u-1", "Anna", "Anna"),
        ("user_id", "u-1", "", "u-1"),
        ("user_id", MISSING, "", "No user"),
        ("instance_type", MISSING, "", "Not on an instance type"),
        ("usage_type", "LICENSE", "", "Licences"),
        ("shot", "010", "", "010"),
        ("shot", MISSING, "", "None"),
    ],
)
def test_a_key_is_called_by_its_name_or_by_what_it_lacks(column, key, name, said):
    assert text.key_name(column, key, name) == said


def test_one_is_singular_and_all_else_plural():
    assert text.counted(Dimension.JOB, 1) == "1 job"
    assert text.counted(Dimension.JOB, 0) == "0 jobs"
    assert text.counted(Dimension.INSTANCE_TYPE, 1234) == "1,234 instance types"


def test_words_are_british_and_free_of_marks_that_streamlit_would_render():
    shown = [
        *text.HELP.values(),
        *remarks.NOTHING.values(),
        text.BASIS_DETAIL,
        text.WITHOUT_HOURS,
        text.DEMO,
    ]
    for sentence in shown:
        assert not set(sentence) & set("*_`[]<>$#~|{}\\")
        assert "license" not in sentence.lower()
        assert "color" not in sentence.lower()


@pytest.mark.parametrize(
    ("column", "key", "name", "said"),
    [
        ("license_product", "Others", "", "Others (licence product)"),
        ("license_product", "others (3)", "", "others (3) (licence product)"),
        ("user_id", "u-1", "No user", "No user (user)"),
        ("user_id", "u-1", "no\u200e  USER", "no\u200e  USER (user)"),
        ("job_id", "job-1", "Other jobs", "Other jobs (job)"),
        ("queue_id", "queue-1", "No queue", "No queue (queue)"),
        ("license_product", "…", "", "…"),
        ("job_id", "…", "", "Other jobs"),
        ("user_id", "", "", "No user"),
        ("user_id", "u-1", "Nouser", "Nouser"),
    ],
)
def test_a_name_that_reads_like_ours_is_told_apart_from_it(column, key, name, said):
    assert text.key_name(column, key, name) == said


@pytest.mark.parametrize(
    ("dimension", "usage_types", "said"),
    [
        (
            Dimension.INSTANCE_TYPE,
            ("LICENSE", "PERSISTENT_VOLUME", "NEW_TYPE"),
            "Not on an instance type: licences, storage volumes, NEW_TYPE.",
        ),
        (Dimension.JOB, ("PERSISTENT_VOLUME",), "No job: storage volumes."),
        (
            Dimension.INSTANCE_TYPE,
            (),
            "Not on an instance type: usage without one, such as licences.",
        ),
        (Dimension.USER, (), ""),
    ],
)
def test_usage_without_a_key_is_told_by_its_usage_types(dimension, usage_types, said):
    assert text.without(dimension, *usage_types) == said


def test_usage_without_a_type_is_named_where_it_has_no_key_either():
    said = text.without(Dimension.INSTANCE_TYPE, "LICENSE", MISSING)
    assert said == "Not on an instance type: licences, usage of no type."
