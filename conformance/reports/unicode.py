"""Turns the Markdown and LaTeX of the pages into plain Unicode for the terminal."""

import re

_SYMBOLS = {
    "sigma": "σ", "phi": "φ", "delta": "δ", "partial": "∂", "infty": "∞", "pm": "±", "le": "≤",
    "ge": "≥", "ne": "≠", "approx": "≈", "sum": "Σ", "circ": "∘", "cdot": "·", "langle": "⟨",
    "rangle": "⟩", "top": "ᵀ", "quad": "  ", "qquad": "    ", "Big": "", "in": "∈", "to": "→",
    "alpha": "α", "beta": "β", "gamma": "γ", "epsilon": "ε", "varepsilon": "ε", "eta": "η",
    "theta": "θ", "kappa": "κ", "lambda": "λ", "mu": "μ", "rho": "ρ", "chi": "χ", "Phi": "Φ",
    "varphi": "φ", "pi": "π", "tau": "τ", "Delta": "Δ", "Lambda": "Λ", "Sigma": "Σ", "nabla": "∇",
    "leftarrow": "←", "gets": "←", "rightarrow": "→", "mapsto": "↦", "Rightarrow": "⇒", "iff": "⇔",
    "lVert": "‖", "rVert": "‖", "Vert": "‖", "|": "‖", "lvert": "|", "rvert": "|", "mid": "|",
    "cdots": "⋯", "dots": "…", "ldots": "…", "vdots": "⋮", "sim": "∼", "neq": "≠", "leq": "≤",
    "geq": "≥", "ll": "≪", "gg": "≫", "equiv": "≡", "propto": "∝", "prod": "Π", "int": "∫",
    "setminus": "∖", "subset": "⊂", "cup": "∪", "odot": "∘", "forall": "∀", "ell": "ℓ",
    "det": "det", "cos": "cos", "sin": "sin", "lim": "lim", "operatorname*": "", "left": "",
    "right": "", "bigl": "", "bigr": "", "Bigl": "", "Bigr": "", "big": "", "displaystyle": "",
    "limits": "", "nolimits": "", "lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉",
    "bmod": "mod", "lbrace": "{", "rbrace": "}", "prime": "′", "star": "⋆", "ast": "*", "perp": "⊥",
    "binom": "binom", "Pr": "Pr", "ln": "ln", "arg": "arg", "tanh": "tanh", "log": "log",
    "cosh": "cosh", "exp": "exp", "max": "max", "min": "min", "times": "×", "mathbf{1}": "1",
}  # fmt: skip

# A mark above a letter, as the character that combines with the letter before it.
_MARKS = {
    "bar": "\u0304",
    "overline": "\u0304",
    "hat": "\u0302",
    "widehat": "\u0302",
    "tilde": "\u0303",
    "dot": "\u0307",
}

# An underscore inside a name; other underscores begin a subscript.
_UNDERSCORE = "\ue000"

# The start of a word, which may follow a command: \\pm\\mathrm{limit}.
_BEGIN = "\ue001"

# Fractions and roots are nested at most so deep.
_NESTED = 3

_LETTERS = "0123456789+-=()aehijklmnoprstuvx"
_RAISED = dict(zip("0123456789+-=()nixjkmtᵀ", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱˣʲᵏᵐᵗᵀ", strict=True))
_LOWERED = dict(zip(_LETTERS, "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", strict=True))


def plain(markdown: str) -> str:
    """Return a page's paragraphs as plain text.

    Formulas are in Unicode, links are text and address, and emphasis has no marks.
    """
    text = re.sub(
        r"```math\n(.+?)\n```",
        lambda match: f"\n\n    {formula(match[1])}\n\n",
        markdown,
        flags=re.DOTALL,
    )
    text = re.sub(r"\$`?(.+?)`?\$", lambda match: formula(match[1]), text, flags=re.DOTALL)
    text = re.sub(
        r"\[([^\]]+)\]\((https?://[^)]+)\)",
        lambda match: match[1] if ":" in match[1] else f"{match[1]} ({match[2]})",
        text,
    )
    text = re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", text)
    text = re.sub(r"\*([^*\n]+)\*", r"\1", text)
    # The lines of a paragraph are joined; the terminal wraps them.
    return "\n\n".join(
        _joined(paragraph) for paragraph in re.split(r"\n\s*\n", text) if paragraph.strip()
    )


def formula(latex: str) -> str:
    """Return a formula in Unicode. A symbol without a Unicode form is written out."""
    text = " ".join(latex.split())
    text = re.sub(r"\\begin\{cases\}(.+?)\\end\{cases\}", _cases, text)
    text = re.sub(
        r"\\begin\{(?:aligned|align|gathered|pmatrix|bmatrix|matrix)\}|\\end\{\w+\}|&", "", text
    ).replace("\\\\", ";")
    text = re.sub(
        r"\\(?:mathrm|mathtt|text|textit|mathit|mathcal|mathbb|operatorname)\{([^{}]*)\}",
        lambda match: _BEGIN + match[1].replace("\\_", _UNDERSCORE),
        text,
    )
    text = re.sub(r"\\mathbf\{1\}", "1", text)
    for name, mark in _MARKS.items():
        text = re.sub(rf"\\{name}(?:\{{([^{{}}]*)\}}| ?(\w))", rf"\g<1>\g<2>{mark}", text)
    text = re.sub(r"\\tfrac(\d)(\d)", r"\1/\2", text)
    text = re.sub(r"\\([a-zA-Z]+)", lambda match: _SYMBOLS.get(match[1], match[0]), text)
    text = (
        re.sub(r"\\[,;:!>]", " ", text)
        .replace("\\|", "‖")
        .replace("\\ ", " ")
        .replace("\\{", "{")
        .replace("\\}", "}")
    )
    text = re.sub(r"\^(\{[^{}]*\}|\S)", lambda match: _script(match[1], _RAISED, "^"), text)
    text = re.sub(r"_(\{[^{}]*\}|\S)", lambda match: _script(match[1], _LOWERED, "_"), text)
    for _ in range(_NESTED):
        text = re.sub(r"\\sqrt\{([^{}]*)\}", lambda match: f"√{_grouped(match[1])}", text)
        text = re.sub(
            r"\\t?frac\{([^{}]*)\}\{([^{}]*)\}",
            lambda match: f"{_grouped(match[1])}/{_grouped(match[2])}",
            text,
        )
    return re.sub(r" {2,}", " ", text).replace(_UNDERSCORE, "_").replace(_BEGIN, "").strip()


def _joined(paragraph: str) -> str:
    margin = "    " if paragraph.startswith("    ") else ""
    return margin + " ".join(paragraph.split())


def _cases(match: re.Match[str]) -> str:
    rows = [[part.strip() for part in row.split("&")] for row in match[1].split("\\\\")]
    return ", ".join(f"{value} if {condition}" for value, condition in rows)


def _script(group: str, letters: dict[str, str], mark: str) -> str:
    inner = group.strip("{}")
    if all(letter in letters for letter in inner):
        return "".join(letters[letter] for letter in inner)
    return f"{mark}{inner}" if len(inner) == 1 else f"{mark}({inner})"


def _grouped(part: str) -> str:
    return part if re.fullmatch(r"[\w̄]+|∂\S+(?: \S+)?", part) else f"({part})"
