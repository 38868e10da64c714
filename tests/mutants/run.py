#!/usr/bin/env python3
"""Proves that the tests would notice: removes one guard at a time and demands a failing test.

Each *.patch beside this file removes one guard. Its head says which program's which test or
conformance case must then fail:
    Caught-by: conformance: 1.3 a booking takes seats while they last
and, for a guard inside components, `Needs: sqlite` or `Needs: json,redis`. Works in a temporary
copy of the tree, in which a program has only the files that hold the test.

    run.py [NAME ...]      only these patches, named without .patch
"""
import concurrent.futures
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
CONTRACT = "every store keeps the whole contract without a lock"
AT_A_TIME = min(2, os.cpu_count() or 1)


class Mutant:
    def __init__(self, path):
        head = path.read_text().split("\n--- ")[0]
        self.path = path
        self.name = path.stem
        caught = re.search(r"^Caught-by: (\w+): (.+)$", head, re.M)
        if not caught:
            sys.exit(f"{path.name}: no line 'Caught-by: program: test'")
        self.program, self.test = caught.groups()
        needs = re.search(r"^Needs: ([\w,]+)$", head, re.M)
        self.needs = needs.group(1) if needs else ""
        self.kind = (self.needs, self.program, self.sources())

    def sources(self):
        """The names of the program's files that hold the test; all of them if it is not found."""
        files = sorted((ROOT / "tests" / self.program).glob("*_test.cpp"))
        # A long name stands in the source as several literals.
        holding = [file.name for file in files
                   if self.test in re.sub(r'"\s*"', "", file.read_text())]
        return tuple(holding or [file.name for file in files])


def copy_tree(to):
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                            cwd=ROOT, check=True, capture_output=True).stdout
    for name in filter(None, listed.decode().split("\0")):
        if not (ROOT / name).is_file():
            continue
        target = to / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, target)


def run(command, **options):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace", **options)


def demand(command, **options):
    done = run(command, **options)
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))}\n{done.stdout}")


class Tree:
    """A copy of the sources with its builds; one worker's own."""

    def __init__(self, place):
        self.place = place
        self.sources = place / "tree"
        # Paths below `place` are cached as relative ones: the same in every tree and every run.
        self.environment = {**os.environ, "CCACHE_BASEDIR": str(place), "CCACHE_NOHASHDIR": "1",
                            # A program that crashes leaves its files behind: they go with this.
                            "TMPDIR": str(place),
                            # A mutant that needs many random calls to be seen needs a better test.
                            "BOOKING_MODEL_COMMANDS": "5000", "BOOKING_SECONDS": "1"}
        copy_tree(self.sources)

    def patch(self, path, *options):
        demand(["patch", "--batch", "--strip=1", "--fuzz=0", *options, f"--input={path}"],
               cwd=self.sources)

    def hold(self, program, sources):
        """Leaves these files in a program's folder and puts the others aside."""
        folder = self.sources / "tests" / program
        for file in [*folder.glob("*_test.cpp"), *folder.glob("*_test.cpp.aside")]:
            name = file.name.removesuffix(".aside")
            file.rename(folder / (name if name in sources else name + ".aside"))

    def configured(self, needs):
        build = self.place / f"build-{needs or 'core'}"
        if build.exists():
            return build
        command = ["cmake", "-S", self.sources, "-B", build, "-DCMAKE_CXX_FLAGS=-O0 -w",
                   "-DCMAKE_UNITY_BUILD=ON", "-DCMAKE_UNITY_BUILD_BATCH_SIZE=10",
                   "-DBOOKING_BUILD_EXAMPLES=OFF", "-DBOOKING_INSTALL=OFF"]
        for component in ["sqlite", "redis", "json", "fmt"]:
            wanted = "ON" if component in needs.split(",") else "OFF"
            command.append(f"-DBOOKING_WITH_{component.upper()}={wanted}")
        if shutil.which("ninja"):
            command += ["-G", "Ninja"]
        if clang := shutil.which("clang++") or shutil.which("clang++-14"):
            command.append(f"-DCMAKE_CXX_COMPILER={clang}")  # half the time of g++ here
        if shutil.which("ccache"):
            command.append("-DCMAKE_CXX_COMPILER_LAUNCHER=ccache")
        demand(command, env=self.environment)
        return build

    def test(self, mutant):
        """Builds the mutant's program, runs its test; exit code and output."""
        self.hold(mutant.program, mutant.kind[2])
        build = self.configured(mutant.needs)
        target = f"{mutant.program}_tests"
        demand(["cmake", "--build", build, "--target", target], env=self.environment)
        # The cases of the conformance suite are not doctest's own: one test runs them all.
        case = CONTRACT if mutant.program == "conformance" else mutant.test
        command = [build / "tests" / target, "--test-case=" + case.replace(",", "?")]
        try:
            done = run(command, env=self.environment, timeout=SECONDS_PER_TEST)
        except subprocess.TimeoutExpired:
            return "timeout", ""
        return done.returncode, done.stdout

    def judge(self, mutant):
        """Why this mutant counts as survived; empty when the named test caught it."""
        self.patch(mutant.path)
        code, printed = self.test(mutant)
        self.patch(mutant.path, "--reverse")
        if code == 0:
            return "the named test passes"
        return "" if mutant.test in printed else f"another test fails (exit {code})"


def judge_all(place, mutants):
    """Judges these, one after the other; how many survived."""
    tree = Tree(place)
    for one in {mutant.kind: mutant for mutant in mutants}.values():
        code, printed = tree.test(one)
        if code != 0:
            raise RuntimeError(f"{one.program}_tests fails without any mutant:\n{printed}")
    survived = 0
    for mutant in mutants:
        problem = tree.judge(mutant)
        survived += bool(problem)
        print(f"{mutant.name}: " + (f"SURVIVED: {problem}" if problem else
                                    f"caught by {mutant.program}: {mutant.test}"), flush=True)
    return survived


def main():
    wanted = sys.argv[1:]
    mutants = [Mutant(path) for path in sorted(HERE.glob("*.patch"))]
    mutants = [mutant for mutant in mutants if not wanted or mutant.name in wanted]
    if not mutants or len(mutants) < len(wanted):
        sys.exit("no such mutant")
    # Those of one kind of build stay together, so that each worker makes few builds.
    mutants.sort(key=lambda mutant: mutant.kind)
    share = -(-len(mutants) // AT_A_TIME)
    with tempfile.TemporaryDirectory(prefix="booking-mutants-") as place:
        with concurrent.futures.ThreadPoolExecutor(AT_A_TIME) as workers:
            judged = [workers.submit(judge_all, pathlib.Path(place) / str(i),
                                     mutants[i * share:(i + 1) * share])
                      for i in range(AT_A_TIME) if mutants[i * share:]]
            try:
                survived = sum(one.result() for one in judged)
            except RuntimeError as problem:
                sys.exit(str(problem))
    print(f"mutants: {len(mutants) - survived} caught, {survived} survived")
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main())
