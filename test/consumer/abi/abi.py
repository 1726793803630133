#!/usr/bin/env python3
"""The ABI as lists in this folder, compared with the headers and the shared library.

    abi.py LIBRARY [--write] [--cc CC] [--nm NM]

c.txt          every C prototype, every constant and the place of every field, from include/heddle/c
functions.txt  every exported C++ function, demangled
Every line of a list that is gone or changed breaks programs; a new line does not. Either fails until
the lists are renewed on purpose (`make abi`)."""
import argparse
import difflib
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]


def declarations():
    """The C headers' text without comments, preprocessor lines and `extern "C"`."""
    text = ""
    headers = sorted((ROOT / "include/heddle/c").glob("*.h"))
    for header in headers:
        text += re.sub(r"/\*.*?\*/", " ", header.read_text(), flags=re.S) + "\n"
    constants = re.findall(r"^#define (HEDDLE_[A-Z0-9_]+) +\(?-?\w+\)?$", text, flags=re.M)
    text = re.sub(r'#ifdef __cplusplus\n.*?#endif', "", text, flags=re.S)
    return re.sub(r"^#.*(\\\n.*)*$", "", text, flags=re.M), constants


def field_names(body):
    """The names that the declarations of a structure's body declare."""
    for declaration in filter(str.strip, body.split(";")):
        pointer = re.search(r"\(\*(\w+)\)\(", declaration)
        if pointer:
            yield pointer.group(1)
            continue
        for name in declaration.split(","):
            yield re.search(r"(\w+)\s*(\[\w+\])*\s*$", name).group(1)


def c_list(cc):
    text, constants = declarations()
    prototypes = re.findall(r"HEDDLE_API\s+([^;]+);", text)
    lines = [re.sub(r"\s+", " ", p).replace("( ", "(") + ";" for p in prototypes]
    lines += [re.sub(r"\s+", " ", p) for p in
              re.findall(r"typedef [^;{}]*\(\*\w+\)\([^;]*;", re.sub(r"\{[^{}]*\}", "{}", text))]
    for body in re.findall(r"\benum\s*\w*\s*\{([^}]*)\}", text):
        constants += [e.split("=")[0].strip() for e in body.split(",") if e.strip()]
    program = '#include <stdio.h>\n#include "heddle/heddle.h"\nint main(void) {\n'
    for name in constants:
        program += f'  printf("{name} = %lld\\n", (long long){name});\n'
    for name, body in re.findall(r"typedef struct (\w+)\s*\{([^}]*)\}", text):
        program += f'  printf("{name}: %zu bytes\\n", sizeof({name}));\n'
        for field in field_names(body):
            program += (f'  printf("{name}.{field}: %zu bytes at %zu\\n", '
                        f'sizeof((({name}*)0)->{field}), offsetof({name}, {field}));\n')
    program += "  return 0;\n}\n"
    with tempfile.TemporaryDirectory() as folder:
        source, binary = pathlib.Path(folder, "abi.c"), pathlib.Path(folder, "abi")
        source.write_text(program)
        subprocess.run([cc, "-std=c99", "-I", ROOT / "include", source, "-o", binary], check=True)
        lines += subprocess.run([binary], check=True, capture_output=True, text=True).stdout.split("\n")
    return sorted(filter(None, lines))


def exported(library, nm):
    """Names of C functions, and C++ functions demangled."""
    def listed(*options):
        output = subprocess.run([nm, "-D", "--defined-only", *options, library], check=True,
                                capture_output=True, text=True).stdout
        return [re.sub(r"@@?HEDDLE_\d+$", "", line.split(" ", 2)[2])
                for line in output.splitlines() if line.split(" ", 2)[1] != "A"]
    c_names = [name for name in listed() if not name.startswith("_Z")]
    cxx_names = [name for name in listed("-C") if name not in c_names]
    return sorted(c_names), sorted(set(cxx_names))


def foreign(c_names, cxx_names):
    """What is exported and not Heddle's public API: namespaces inside heddle are internal."""
    for name in c_names:
        if not name.startswith("heddle_"):
            yield name
    for name in cxx_names:
        function = re.sub(r"\[abi:cxx11\]", "", name.split("(")[0])
        if not re.fullmatch(r"heddle::([A-Z]\w*::)?(~?\w+|operator\W+)", function):
            yield name


def compare(path, lines, write):
    """Prints what differs from the list at path; writes it where asked. True if they agree."""
    old = path.read_text().splitlines() if path.exists() else []
    if write:
        path.write_text("\n".join(lines) + "\n")
        return True
    difference = [d for d in difflib.unified_diff(old, lines, lineterm="", n=0)
                  if d[0] in "+-" and d[:3] not in ("+++", "---")]
    if not difference:
        return True
    print(f"{path.name} and what is built differ:", *difference, sep="\n  ")
    if any(d[0] == "-" for d in difference):
        print("A line with - breaks programs, but for the size of a structure that begins with `size`:\n"
              "raise HEDDLE_ABI_VERSION (docs/install.md).")
    print("If this is meant: make abi, and commit the lists.")
    return False


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("library")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--cc", default="cc")
    parser.add_argument("--nm", default="nm")
    options = parser.parse_args()

    prototypes = c_list(options.cc)
    c_names, cxx_names = exported(options.library, options.nm)
    good = compare(HERE / "c.txt", prototypes, options.write)
    good &= compare(HERE / "functions.txt", cxx_names, options.write)
    declared = {m.group(1) for line in prototypes if (m := re.search(r"\b(heddle_\w+)\(", line))
                and not line.startswith("typedef")}
    for name in sorted(declared ^ set(c_names)):
        good = False
        print(f"{name}: " + ("declared, not exported" if name in declared else "exported, not declared"))
    for name in foreign(c_names, cxx_names):
        good = False
        print(f"{name}: exported, and no public function of Heddle")
    structures = sum(line.endswith(" bytes") for line in prototypes)
    print(f"{len(c_names)} C functions, {len(cxx_names)} C++ functions, {structures} structures")
    sys.exit(not good)


if __name__ == "__main__":
    main()
