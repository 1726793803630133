#!/usr/bin/env python3
"""Every relative link of the pages leads to a file and, with #, to a heading of it; every name in
backquotes that looks like one of Heddle's is in the sources."""
import re
import sys
import urllib.parse

from pages import ROOT, all_pages, read_page

LINK = re.compile(r'\[[^\]]*\]\(([^)\s]+)\)')
HEADING = re.compile(r'^#{1,6}\s+(.*?)\s*#*$')
NAME = re.compile(r'`(heddle_[a-z0-9_]+|HEDDLE_[A-Z][A-Z0-9_]+)(?:\(\))?`')


def anchors(page):
    """The anchors that GitHub makes of headings."""
    found = {}
    for _, line in page.prose:
        match = HEADING.match(line)
        if not match:
            continue
        text = re.sub(r'\[([^\]]*)\]\([^)]*\)', r'\1', match[1])
        slug = re.sub(r'[^\w\- ]', '', text.lower()).replace(' ', '-')
        found[slug] = found.get(slug, 0) + 1
    return found


def sources():
    """Everything a name may come from."""
    text = []
    for pattern in ('include/**/*.h*', 'host/**/*.[ch]pp', 'host/**/*.h', 'CMakeLists.txt', 'host/**/*.txt',
                    '*/cmake/*', 'host/cmake/*', 'test/**/CMakeLists.txt', 'bench/**/CMakeLists.txt',
                    'docs/examples/**/CMakeLists.txt', 'test/**/*.[ch]pp', 'test/**/*.c',
                    'bench/**/*.[ch]pp', '.ci/*', 'Makefile', 'bench/**/*.py',
                    'test/**/*.sh', 'bench/**/*.sh', 'kernels/**/*.hpp', 'kernels/**/*.cuh'):
        text += [p.read_text(encoding='utf-8', errors='replace') for p in ROOT.glob(pattern)
                 if p.is_file()]
    return set(re.findall(r'\w+', ' '.join(text)))


def main():
    known, problems, links, names = sources(), [], 0, 0
    pages = {path.resolve(): read_page(path) for path in all_pages()}
    for path, page in pages.items():
        for number, line in page.prose:
            where = f'{page.name}:{number}'
            for target in LINK.findall(re.sub(r'`[^`]*`', '', line)):
                if re.match(r'[a-z]+:', target):
                    continue
                links += 1
                file, _, anchor = urllib.parse.unquote(target).partition('#')
                goal = (path.parent / file).resolve() if file else path
                if not goal.exists():
                    problems.append(f'{where}: {target}: no such file')
                elif anchor and goal in pages and anchor not in anchors(pages[goal]):
                    problems.append(f'{where}: {target}: no such heading')
            named = NAME.findall(line)
            if path.name == 'api.md':
                named += [word for code in re.findall(r'`([\w:]+)`', line) for word in code.split('::') if word]
            for name in named:
                names += 1
                if name not in known:
                    problems.append(f'{where}: `{name}` is nowhere in the sources')
        if page.name.startswith('docs/') and path.name != 'README.md':
            linked = any(str(path.relative_to(ROOT)) in line or path.name in line
                         for other in pages.values() if other is not page
                         for _, line in other.prose)
            if not linked:
                problems.append(f'{page.name}: no page links here')
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f'{len(pages)} pages, {links} links, {names} names')
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main())
