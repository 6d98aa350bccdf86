"""Values that no reader expects, for every kind of field; each is drawn by a seed."""

from __future__ import annotations

from random import Random

FAMILY = "\U0001f469\U0001f3fd\u200d\U0001f469\U0001f3fe\u200d\U0001f467\U0001f3ff\u200d\U0001f466"
WORDS = (
    *("Place the lamp on the tower.", "Draw two cards, then discard one.", "Fin de partie !"),
    *(
        "盤を置きます。駒を並べます。",
        "한 장을 뽑으세요.",
        "ضع المصباح على البرج.",
        "הניחו את המנורה",
    ),
    *("", " ", "\n\n", "0", "null", "true", "[object Object]", "undefined", "NaN", "-1", "1e999"),
)
"""What people write, and what programs write in its place."""
SIGNS = (
    *(
        "\0",
        "\x07",
        "\x1b[31m",
        "\x9b",
        "\x85",
        "\u2028",
        "\ufeff",
        "\uffff",
        "\ufffd",
        "\U0010ffff",
    ),
    *("\u202e", "\u2066", "\u200f", "\u061c", "\u00ad", "\u200b", "\u200d", "\ufe0f", "\U000e0041"),
    *(
        "\u0301",
        "e\u0301\u0327",
        "\u0315\u0300\u05ae",
        "\u20dd",
        "\u0344",
        "\u1100\u1161",
        "ﷺ",
        "ก็",
    ),
    *(
        FAMILY,
        "\U0001f1eb\U0001f1f7",
        "\U0001f1eb",
        "1\ufe0f\u20e3",
        "\U00030000",
        "\ue000",
        "\u0378",
    ),
    *("**a", "__a ", "`a ", "[", "]", "# a\n", "visual: ", "source:\n", "Step 1: a. ", "1 point "),
    *("://", "a://b ", "« ", " !", ".\u00a0", "\t", "\u202f", "i\u0307", "ß", "ﬁ", "½", "①", "👍"),
)
"""Characters that are no letters, and beginnings of what patterns look for."""
INJECTIONS = (
    "drawtext=text=x:textfile=/etc/passwd",
    "[0:v]movie=/etc/passwd;[out]",
    "';-- DROP TABLE jobs",
    "<script>alert(1)</script>",
    "<b>{\\an8}</b>",
    "00:00:01,000 --> 00:00:02,000",
    "NOTE\n\nWEBVTT\n\n00:01.000 --> 00:02.000\nhi",
    "STYLE\n::cue{}",
    "%s%n%x%1000000d",
    "{0.__class__}{}{{",
    "${jndi:ldap://127.0.0.1/a}",
    "$(reboot)`reboot`|reboot",
    "../../../../etc/passwd",
    "/etc/passwd",
    "%2e%2e%2f",
    "..\\..\\windows",
    "file:///etc/passwd",
    "http://169.254.169.254/latest/meta-data",
    "data:image/png;base64,AAAA",
    "concat:/etc/passwd|x",
    "con.png",
    "a\0.png",
    "=cmd|' /C calc'!A0",
    "__proto__",
)
"""What is meant for a filter graph, a caption file, a shell, a page, a database or a disk."""
LENGTHS = (1, 2, 3, 7, 20, 60, 255, 1_000)
LONG = (5_000, 20_000, 200_000)
NUMBERS = (
    *(0, -0.0, 1, -1, 2, 3, 0.1, 1 / 3, 1e-9, 1e-308, 29.97, 60, 1e9, 1e15, 2**31, 2**53, -(2**63)),
    *(10**20, 10**300, 1.7e308, -1.7e308, 86_400, 1_000_000, 0.5, 5, 10, 30),
)
COLOURS = ("#fff", "#123456", "#12345678", "red", "rgb(0,0,0)", "#ggg", "transparent", "0x1", "#")
TAGS = ("en", "fr", "fr-CA", "fr-FR", "ja", "zh-Hant", "ar", "xx", "e", "en_US", "fr;q=1")


class Hostile:
    """Draws values by ``random``."""

    def __init__(self, random: Random) -> None:
        """Draw everything from ``random``."""
        self._random = random

    def text(self) -> str:
        """Return a text: usually short, one time in many longer than any field may be."""
        draw = self._random.random()
        if draw < 0.45:
            return self._random.choice(WORDS)
        if draw < 0.6:
            return self._random.choice(INJECTIONS)
        if draw < 0.8:
            return "".join(self._random.choices((*SIGNS, *WORDS), k=self._random.randint(1, 9)))
        unit = self._random.choice((*SIGNS, "a", "word ", "中", "a. "))
        long = self._random.random() < 0.02
        chars = self._random.choice(LONG if long else LENGTHS)
        return (unit * (chars // len(unit) + 1))[:chars]

    def number(self) -> float:
        """Return a number, or one that is nearly one."""
        return self._random.choice(NUMBERS)

    def colour(self) -> object:
        """Return a colour, or what somebody thinks is one."""
        return self._random.choice(COLOURS)

    def tag(self) -> str:
        """Return a language tag, or something like it."""
        return self._random.choice(TAGS)

    def value(self, depth: int = 0) -> object:
        """Return any JSON value."""
        kind = self._random.randrange(8 if depth < 3 else 5)
        if kind < 2:
            return self.text()
        if kind == 2:
            return self.number()
        if kind <= 4:
            return self._random.choice((None, True, False, "", [], {}))
        if kind == 5:
            return {self.text()[:20]: self.value(depth + 1) for _ in range(self._few())}
        return [self.value(depth + 1) for _ in range(self._few())]

    def _few(self) -> int:
        return self._random.randint(0, 3)
