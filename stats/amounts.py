"""US dollars in words, with as many decimals wherever they are said."""

from __future__ import annotations


def size(dollars: float) -> str:
    """How much it is, with cents; less than a cent to the millionth of a dollar. Without a sign."""
    text = f"{abs(dollars):,.2f}"
    if dollars and text == "0.00":
        text = f"{abs(dollars):.6f}".rstrip("0").rstrip(".")
    return text


def usd(dollars: float) -> str:
    """US dollars, called so."""
    return f"{'−' if dollars < 0 else ''}USD {size(dollars)}"
