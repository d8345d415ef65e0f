"""Letters that others have collected: whether every word is read, how long a letter takes, and whether what is new is told from quotes.

`--of FOLDER` reads every letter below it and compares with Python's `email` as referee: a letter is named where a word that the
referee finds in its texts is neither in our text, nor in what is folded, nor in a file. `--replies FOLDER` compares the new text of
replies with what others expect of it: FOLDER/emails/x.txt with FOLDER/trimmed/x.txt, as discourse/email_reply_trimmer has them.
"""

import argparse
import re
import sys
import time
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from pathlib import Path

from benchmarks.report import report, rounded
from channels.email import html_body, quotes, signatures
from channels.email.mime import Letter, read

LETTERS = {".eml", ".mbox", ".msg", ".raw", ".txt", ".email", ""}
STARTS = re.compile(rb"\A\s*(?:>?From [^\n]*\n)?(?:[!-9;-~]{1,80}[ \t]*:[^\n]*\n(?:[ \t][^\n]*\n)*){2}")
WORDS = re.compile(r"[^\W\d_]{3,}")
SIZE_LIMIT = 4 << 20
GOALS = ["letters_with_lost_words <= 0", "slowest_ms <= 1000"]
REPLY_GOALS = ["own_words_hidden <= 0"]


def letters(folder: Path) -> Iterator[tuple[Path, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix.lower() in LETTERS and 0 < path.stat().st_size <= SIZE_LIMIT:
            raw = path.read_bytes()
            if STARTS.match(raw):
                yield path, raw


def referee(raw: bytes) -> str:
    """The texts of a letter as Python's parser finds them; "" where it cannot."""
    try:
        return "\n".join(_texts(message_from_bytes(raw)))
    except (AttributeError, LookupError, ValueError, TypeError, AssertionError):
        return ""


def _texts(part: "Message[str, str]") -> Iterator[str]:
    """Its texts, without those of attached letters, which stay one file."""
    content = part.get_payload(decode=True)
    if part.get_content_maintype() == "multipart":
        for inner in part.get_payload():
            if isinstance(inner, Message):
                yield from _texts(inner)
    elif part.get_content_maintype() == "text" and not part.get_filename() and isinstance(content, bytes):
        text = content.decode(part.get_content_charset("utf8"), "replace")
        yield html_body.text_of(html_body.tidied(text), text) if part.get_content_subtype() == "html" else text


def lost(raw: bytes, letter: Letter) -> set[str]:
    """Words that the referee finds and nobody who opens the letter does."""
    shown = " ".join([letter.subject, letter.text, letter.folded, letter.html,
                      *(f"{file.name} {file.content.decode('utf8', 'replace')}" for file in letter.files)])
    return set(WORDS.findall(referee(raw))) - set(WORDS.findall(shown))


def read_folder(folder: Path) -> dict[str, float]:
    times, losing = [0.0], 0
    for path, raw in letters(folder):
        began = time.perf_counter()
        letter = read(raw)
        times.append(time.perf_counter() - began)
        if missing := lost(raw, letter):
            losing += 1
            print(f"{path}: {len(missing)} words are lost: {' '.join(sorted(missing)[:8])}", file=sys.stderr)
    return {"letters": len(times) - 1, "letters_with_lost_words": losing, "slowest_ms": rounded(max(times) * 1e3)}


def fold_folder(folder: Path) -> dict[str, float]:
    exact = hidden = kept = count = 0
    for path in sorted((folder / "emails").iterdir()):
        expected = (folder / "trimmed" / path.name).read_text("utf8")
        own, _ = quotes.fold(path.read_text("utf8").replace("\r\n", "\n"))
        said, wanted = ({line.strip() for line in text.split("\n")} for text in (own, expected))
        count += 1
        exact += own.split() == expected.split()
        hidden += len([line for line in expected.split("\n")[:signatures.begins(expected.split("\n"), 0, expected.count("\n") + 1)]
                       if (own_line := line.strip()) and not own_line.startswith(">") and own_line not in said])
        kept += len(said - wanted)
        if own.split() != expected.split():
            print(f"{path.name}: hidden {sorted(wanted - said)[:3]}, in sight {sorted(said - wanted)[:3]}", file=sys.stderr)
    return {"replies": count, "exact": exact, "own_words_hidden": hidden, "quotes_in_sight": kept}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--of", type=Path, metavar="FOLDER", help="letters of others")
    parser.add_argument("--replies", type=Path, metavar="FOLDER", help="replies of others, and what is new in them")
    arguments = parser.parse_args()
    if not (arguments.of or arguments.replies):
        parser.error("name letters (--of) or replies (--replies)")
    figures: dict[str, float] = {}
    if arguments.of:
        figures |= read_folder(arguments.of)
    if arguments.replies:
        figures |= fold_folder(arguments.replies)
    report("letters", figures, [*(GOALS if arguments.of else []), *(REPLY_GOALS if arguments.replies else [])])


if __name__ == "__main__":
    main()
