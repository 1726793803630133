#!/usr/bin/env python3
"""Every public C++ function has its C function.

    coverage.py INCLUDE LIST           compares the headers under INCLUDE with LIST
    coverage.py INCLUDE LIST --missing prints lines for what LIST lacks

A line of LIST is `C++ declaration | C names` or `C++ declaration | none: reason`. A declaration is
its qualified name and the types of its parameters; `Class::*` stands for every one of a class. A C
function that has no C++ side is `- | C name`.
"""
import pathlib
import re
import sys

TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|[A-Za-z_]\w*|::|->|\d[\w.\']*|\S')
QUALIFIERS = {"const", "&", "struct", "class", "constexpr", "inline", "static", "noexcept"}


def tokens_of(text):
    text = re.sub(r"//[^\n]*|/\*.*?\*/", " ", text, flags=re.S)
    text = re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", " ", text, flags=re.M)
    text = re.sub(r"\[\[.*?\]\]|\bHEDDLE_API\b", " ", text)
    return TOKEN.findall(text)


def split_top(tokens, at):
    """Parts of tokens between the separators that stand in no bracket."""
    parts, depth = [[]], 0
    for token in tokens:
        depth += token in ("(", "<", "{", "[")
        depth -= token in (")", ">", "}", "]")
        if depth == 0 and token == at:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def parameter_type(tokens):
    tokens = split_top(tokens, "=")[0]
    tokens = [t for t in tokens if t not in QUALIFIERS]
    named = len(tokens) > 1 and re.match(r"[A-Za-z_]", tokens[-1]) and tokens[-2] != "::"
    return "".join(tokens[:-1] if named else tokens)


def declared(statement):
    """(name, parameter types) of a function's declaration; None if it is none."""
    if not statement or statement[0] in ("using", "friend", "typedef", "template", "static_assert"):
        return None
    if "operator" in statement or "~" in statement:
        return None
    angle = 0
    for i, token in enumerate(statement):
        if token == "=" and angle == 0:
            return None
        angle += token == "<"
        angle -= token == ">"
        if token != "(" or angle > 0:
            continue
        if i == 0 or not re.match(r"[A-Za-z_]\w*$", statement[i - 1]) or statement[i + 1] == "*":
            return None  # the last is a pointer to a function
        depth, end = 0, i
        for end in range(i, len(statement)):
            depth += statement[end] == "("
            depth -= statement[end] == ")"
            if depth == 0:
                break
        if statement[end + 1:end + 3] == ["=", "delete"]:
            return None
        inside = statement[i + 1:end]
        return statement[i - 1], [parameter_type(p) for p in split_top(inside, ",")] if inside else []
    return None


def closing(tokens, at):
    depth = 0
    for i in range(at, len(tokens)):
        depth += tokens[i] == "{"
        depth -= tokens[i] == "}"
        if depth == 0:
            return i
    raise ValueError("a brace without its end")


def declarations(tokens):
    """Every public function as text, without the namespace heddle."""
    found, scopes, statement, i = [], [], [], 0

    def keep(name, types):
        if any(access == "private" for _, access in scopes):
            return
        path = [scope for scope, _ in scopes if scope not in ("", "heddle")]
        found.append("::".join([*path, name]) + "(" + ", ".join(types) + ")")

    while i < len(tokens):
        token = tokens[i]
        if token in ("public", "private", "protected") and tokens[i + 1] == ":":
            scopes[-1] = (scopes[-1][0], "public" if token == "public" else "private")
            i += 1
        elif token == ";":
            function = declared(statement)
            if function:
                keep(*function)
            statement = []
        elif statement.count("(") > statement.count(")"):  # a default argument's braces
            statement.append(token)
        elif token == "}":
            if not scopes:
                raise ValueError("a brace without its beginning")
            scopes.pop()
            statement = []
        elif token == "{":
            words = statement
            if words and words[0] == "template":
                parts = "".join(words).index(">")
                words = words[next(k for k, t in enumerate(words) if t == ">") + 1:] if parts else []
            function = declared(words)
            if words and words[0] in ("namespace", "extern"):
                scopes.append(("" if words[0] == "extern" else "".join(words[1:]), "public"))
                statement = []
            elif words and words[0] in ("class", "struct") and not function:
                scopes.append((words[1], "private" if words[0] == "class" else "public"))
                statement = []
            else:
                if function:
                    keep(*function)
                i = closing(tokens, i)
                # An initializer goes on to its semicolon; a body or an enumeration ends here.
                statement = [] if function or "operator" in words or "friend" in words else statement
        else:
            statement.append(token)
        i += 1
    return found


def read_list(path):
    """declaration -> C names (none: []), and the functions of C alone."""
    mapping, alone, errors = {}, [], []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        line = line.split("#")[0].strip()
        if not line:
            continue
        left, _, right = (part.strip() for part in line.partition(" | "))
        if not right or (right.startswith("none") and not right.startswith("none: ")):
            errors.append(f"{path.name}:{number}: needs ` | C names` or ` | none: reason`")
        elif left != "-" and left in mapping:
            errors.append(f"{path.name}:{number}: {left} stands there twice")
        names = [] if right.startswith("none: ") else re.split(r"[,\s]+", right)
        if left == "-":
            alone += names
        else:
            mapping[left] = names
    return mapping, alone, errors


def wildcard(declaration):
    return declaration.split("(")[0].rpartition("::")[0] + "::*"


def main():
    include, listed = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    cpp = {}
    for header in sorted(include.glob("heddle/*.hpp")):
        for declaration in declarations(tokens_of(header.read_text())):
            cpp[declaration] = header.name
    c = {}
    for header in sorted(include.glob("heddle/c/*.h")):
        for name in re.findall(r"\bHEDDLE_API\b[^;(]*?\b(heddle_\w+)\s*\(", header.read_text()):
            c[name] = header.name
    mapping, alone, errors = read_list(listed)
    missing = [d for d in cpp if d not in mapping and wildcard(d) not in mapping]
    if sys.argv[3:] == ["--missing"]:
        for declaration in missing:
            print(f"{declaration} | ?  # {cpp[declaration]}")
        return 0

    used = set(alone).union(*mapping.values())
    classes = {wildcard(d) for d in cpp}
    errors += [f"{cpp[d]}: {d} has no line in {listed.name}" for d in missing]
    errors += [f"{listed.name}: {d}: no public header declares it"
               for d in mapping if d not in cpp and d not in classes]
    errors += [f"{listed.name}: {name}: no header of the C ABI declares it"
               for name in sorted(used - set(c))]
    errors += [f"c/{c[name]}: {name} has no line in {listed.name}" for name in sorted(set(c) - used)]
    umbrella = (include / "heddle/heddle.h").read_text()
    errors += [f"heddle.h does not include c/{header.name}"
               for header in sorted(include.glob("heddle/c/*.h"))
               if f'#include "heddle/c/{header.name}"' not in umbrella]
    if len(cpp) < 100 or len(c) < 50:
        errors.append(f"{len(cpp)} C++ and {len(c)} C functions found: the reading must have failed")
    print("\n".join(errors) or f"{len(cpp)} public C++ functions, {len(c)} of C: all accounted for")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
