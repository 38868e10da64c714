#!/usr/bin/env python3
"""Proves that the tests would notice: removes one guard at a time and demands a failing test.

Each *.patch beside this file removes one guard. Its head says which program's which test or
conformance case must then fail:
    Caught-by: conformance: 1.3 a booking takes seats while they last
and, for a guard inside a component, `Needs: sqlite`. Works in a temporary copy of the tree.

    run.py [NAME ...]      only these patches, named without .patch
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SECONDS_PER_TEST = 120
# Small numbers: a mutant that needs many random calls to be seen needs a better test.
ENVIRONMENT = {**os.environ, "BOOKING_MODEL_COMMANDS": "5000", "BOOKING_SECONDS": "1"}


class Mutant:
    def __init__(self, path):
        head = path.read_text().split("\n--- ")[0]
        self.path = path
        self.name = path.stem
        caught = re.search(r"^Caught-by: (\w+): (.+)$", head, re.M)
        if not caught:
            sys.exit(f"{path.name}: no line 'Caught-by: program: test'")
        self.program, self.test = caught.groups()
        needs = re.search(r"^Needs: (\w+)$", head, re.M)
        self.needs = needs.group(1) if needs else ""


def copy_tree(to):
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                            cwd=ROOT, check=True, capture_output=True).stdout
    for name in filter(None, listed.decode().split("\0")):
        if not (ROOT / name).is_file():
            continue
        target = to / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, target)


def patch(tree, path, *options):
    done = subprocess.run(["patch", "--batch", "--strip=1", "--fuzz=0", "--silent", *options,
                           f"--input={path}"], cwd=tree, capture_output=True, text=True)
    return done.stdout + done.stderr if done.returncode else ""


def configure(tree, needs):
    build = tree.parent / f"build-{needs or 'core'}"
    if build.exists():
        return build
    command = ["cmake", "-S", tree, "-B", build, "-DCMAKE_BUILD_TYPE=None",
               "-DCMAKE_CXX_FLAGS=-O0 -w", "-DBOOKING_BUILD_EXAMPLES=OFF", "-DBOOKING_INSTALL=OFF"]
    for component in ["sqlite", "json", "fmt"]:
        command.append(f"-DBOOKING_WITH_{component.upper()}={'ON' if component == needs else 'OFF'}")
    if shutil.which("ninja"):
        command += ["-G", "Ninja"]
    if shutil.which("ccache"):
        command.append("-DCMAKE_CXX_COMPILER_LAUNCHER=ccache")
    run(command)
    return build


def run(command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")


def test(tree, program, needs):
    """Builds and runs one program; its exit code and what it printed."""
    build = configure(tree, needs)
    run(["cmake", "--build", build, "--parallel", "2", "--target", f"{program}_tests"])
    try:
        done = subprocess.run([build / "tests" / f"{program}_tests"], env=ENVIRONMENT,
                              capture_output=True, text=True, timeout=SECONDS_PER_TEST)
    except subprocess.TimeoutExpired as late:
        return "timeout", (late.stdout or b"").decode(errors="replace")
    return done.returncode, done.stdout + done.stderr


def judge(tree, mutant):
    """Why this mutant counts as survived; empty when the named test caught it."""
    if problem := patch(tree, mutant.path):
        return f"the patch does not apply: {problem}"
    code, printed = test(tree, mutant.program, mutant.needs)
    if problem := patch(tree, mutant.path, "--reverse"):
        sys.exit(f"{mutant.name} cannot be taken back: {problem}")
    if code == 0:
        return "all tests of the program pass"
    return "" if mutant.test in printed else "the program fails, but not in the named test"


def main():
    wanted = sys.argv[1:]
    mutants = [Mutant(path) for path in sorted(HERE.glob("*.patch"))]
    mutants = [mutant for mutant in mutants if not wanted or mutant.name in wanted]
    if not mutants or len(mutants) < len(wanted):
        sys.exit("no such mutant")
    with tempfile.TemporaryDirectory(prefix="booking-mutants-") as place:
        tree = pathlib.Path(place) / "tree"
        copy_tree(tree)
        for program, needs in sorted({(mutant.program, mutant.needs) for mutant in mutants}):
            code, printed = test(tree, program, needs)
            if code != 0:
                sys.exit(f"{program}_tests fails without any mutant:\n{printed}")
        survived = 0
        for mutant in mutants:
            problem = judge(tree, mutant)
            survived += bool(problem)
            print(f"{mutant.name}: " + (f"SURVIVED: {problem}" if problem else
                                        f"caught by {mutant.program}: {mutant.test}"), flush=True)
    print(f"mutants: {len(mutants) - survived} caught, {survived} survived")
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main())
