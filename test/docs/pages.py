"""What the checks of the documentation read: pages, their fenced blocks and their shell lines."""
import pathlib
import re
from dataclasses import dataclass, field

ROOT = pathlib.Path(__file__).resolve().parents[2]
FENCE = re.compile(r'^( {0,3})(```+|~~~+)\s*(\S*)\s*$')
NOTE = re.compile(r'^\s*<!-- snippet:\s*(.*?)\s*-->\s*$')


@dataclass
class Block:
    """A fenced block: its language, its first line (from 1) and the words of its note."""
    page: str
    line: int
    tag: str
    text: str
    note: dict = field(default_factory=dict)

    def where(self):
        return f'{self.page}:{self.line}'


@dataclass
class Page:
    path: pathlib.Path
    name: str            # relative to the repository
    blocks: list
    shell: list          # (line, text): indented lines that start with 'heddle '
    prose: list          # (line, text): what is neither code nor a note


def parse_note(text, where):
    note = {}
    for word in text.split():
        key, _, value = word.partition('=')
        if key not in ('run', 'no-run', 'continues', 'output', 'file', 'needs', 'args'):
            raise SystemExit(f'{where}: a snippet note knows no "{key}"')
        note[key] = value
    return note


def read_page(path):
    path = pathlib.Path(path).resolve()
    try:
        name = str(path.relative_to(ROOT))
    except ValueError:
        name = str(path)
    page = Page(path, name, [], [], [])
    fence, block, note, previous = None, None, {}, ''
    for number, line in enumerate(path.read_text(encoding='utf-8').split('\n'), 1):
        match = FENCE.match(line)
        if fence:
            if match and match[2].startswith(fence) and not match[3]:
                block.text = '\n'.join(block.text) + '\n'
                page.blocks.append(block)
                fence = None
            else:
                block.text.append(line)
            continue
        if match:
            fence = match[2]
            block = Block(name, number + 1, match[3], [], note)
            note = {}
        elif NOTE.match(line):
            note = parse_note(NOTE.match(line)[1], f'{name}:{number}')
        elif line.strip():
            if note:
                raise SystemExit(f'{name}:{number}: a snippet note must stand before a block')
            indented = line.startswith('    ') and not previous.lstrip().startswith(('-', '*'))
            if indented and line.strip().startswith('heddle '):
                page.shell.append((number, line.strip()))
            if not indented:
                page.prose.append((number, line))
        previous = line
    if fence:
        raise SystemExit(f'{name}:{block.line - 1}: a block that never ends')
    return page


def all_pages():
    """The README and every page under docs/."""
    return [ROOT / 'README.md'] + sorted((ROOT / 'docs').rglob('*.md'))
