"""Names of jobs: two studios' patterns, names without any pattern, and names that hurt."""

from __future__ import annotations

HURTFUL = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "**bold** [link](http://example.com) # h",
    "$x^2$ and $y$",
    '=HYPERLINK("http://example.com","x")',
    "+1+1",
    "@SUM(A1)",
    "-2+3",
    'He said "comp\'s done", then \\ left',
    "first line\nsecond line\tafter a tab",
    ("long_name_" * 52)[:512],
    "カット012_合成_最終版",
    "لقطة ٠١٢ إضاءة نهائية",
    "🔥 FINAL final 🎬 v2 👩‍🎨",
    "a,b;c|d",
    "&lt;b&gt; & <b>bold</b>",
    "{{7*7}} ${HOME} %s {0}",
    ":material/home: :red[red] `code`",
    "\u202egnp.redner\u202c ends",
    " leading and trailing ",
)
"""Names of jobs that break a page, a spreadsheet or a file where they aren't escaped."""

PLAIN = (
    "Blender Render",
    "CondaBuild: blender-4.1",
    "CondaBuild: maya-2026",
    "Untitled scene",
    "test",
    "Houdini Karma Render",
    "dailies",
    "turntable.ma",
)
"""Names that say nothing; several jobs share each of them."""

SHOWS = ("AGM", "ORC", "TDL")


def job_name(
    show: str, sequence: int, shot: int, task: str, version: int, login: str | None
) -> str:
    """The name of a shot's job: AGM's vendor pattern, or the house's with the artist's login."""
    if show == "AGM":
        episode = 101 + sequence % 8
        return f"AGM_{episode}_{sequence:03d}_{shot:03d}_{task}_NFX_v{version:03d}"
    return f"{show}_{sequence:03d}_{shot * 5:04d}_{task}_v{version:02d}_{login or 'farm'}"
