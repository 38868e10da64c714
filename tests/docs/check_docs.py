"""Documentation quotes compiled code only: every ```cpp block of README.md and docs/ must stand,
word for word, in an example or in tests/docs, and the README's first program is examples/01."""

import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
sources = {p: p.read_text() for p in [*root.glob("examples/**/*.cpp"), *root.glob("tests/docs/*.cpp")]}
failures = []

for page in [root / "README.md", *sorted(root.glob("docs/**/*.md"))]:
    for block in re.findall(r"```cpp\n(.*?)```", page.read_text(), re.S):
        if not any(block.strip() in text for text in sources.values()):
            failures.append(f"{page.name}: this block is in no compiled file:\n{block}")

first = re.search(r"```cpp\n(.*?)```", (root / "README.md").read_text(), re.S)
example = (root / "examples/01_first_booking.cpp").read_text()
if not first or first.group(1) != example:
    failures.append("README.md: the first program is not examples/01_first_booking.cpp")
if len(example.splitlines()) > 30:
    failures.append("examples/01_first_booking.cpp has more than 30 lines")

for page in [root / "README.md", *sorted(root.glob("docs/**/*.md"))]:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
        if not (page.parent / target).exists():
            failures.append(f"{page.name}: dead link {target}")

print("\n".join(failures) or "docs: every block is compiled code, every link leads somewhere")
sys.exit(bool(failures))
