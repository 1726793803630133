#!/usr/bin/env python3
"""Compiles, runs or parses every fenced block of a page (docs/contributing.md, "Snippets").

snippets.py PAGE... --include DIR --library libheddle.so [--heddle BIN] [--cxx, --cc, --cmake BIN]
snippets.py PAGE... --needs: runs only the Python blocks that need packages; 77 where one is missing
"""
import argparse
import importlib.util
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import shell
from pages import ROOT, read_page

WARN = ['-Wall', '-Wextra', '-Wpedantic', '-Wshadow', '-Werror']
EXTENSION = {'cpp': '.cpp', 'c': '.c'}
failures = []
done = {}


def count(what):
    done[what] = done.get(what, 0) + 1


def fail(where, text):
    failures.append(where)
    print(f'{where}: {text}', file=sys.stderr)


def call(command, where, what, **more):
    """Runs a command; its output, or None after a failure."""
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            check=False, timeout=300, **more)
    if result.returncode != 0:
        fail(where, f'{what} failed ({result.returncode}): {" ".join(map(str, command))}\n'
                    f'{result.stdout}{result.stderr}')
        return None
    return result.stdout


def has_main(block):
    return 'int main(' in block.text


def is_file(block):
    return 'file' in block.note or has_main(block) or '#include' in block.text


def standard(tag):
    return ['-std=c++17'] if tag == 'cpp' else ['-std=c99']


def fragments(page, tag, folder):
    """The blocks that are no files of their own, each as the body of a function, in one file after
    the page's prelude. A block that continues joins the body of the one before it."""
    blocks = [b for b in page.blocks if b.tag == tag and not is_file(b)]
    if not blocks:
        return None
    prelude = ROOT / 'test/docs/prelude' / (page.path.stem.lower() + EXTENSION[tag])
    out = ['#include "heddle/heddle.hpp"' if tag == 'cpp' else '#include "heddle/heddle.h"']
    if prelude.exists():
        out += [f'#line 1 "{prelude}"', prelude.read_text(encoding='utf-8')]
    kind, end = ('heddle::Status', '  return {};\n}') if tag == 'cpp' else ('heddle_status',
                                                                             '  return HEDDLE_OK;\n}')
    opened = False
    for block in blocks:
        if not (opened and 'continues' in block.note):
            if opened:
                out.append(end)
            out += [f'{kind} snippet_{block.line}(void);', f'{kind} snippet_{block.line}(void) {{']
            opened = True
        out += [f'#line {block.line} "{page.path}"', block.text]
        count(f'{tag} fragments')
    out.append(end)
    path = folder / f'fragments{EXTENSION[tag]}'
    path.write_text('\n'.join(out) + '\n', encoding='utf-8')
    return path


def run_program(program, block, options):
    """Runs a linked program; an output block that follows must be what it prints."""
    arguments = [word for word in block.note.get('args', '').split(',') if word]
    if arguments and not options.heddle:
        return  # they name files that the command made
    printed = call([program] + arguments, block.where(), 'the program', cwd=program.parent,
                   env=options.env)
    following = options.after.get(id(block))
    if printed is not None and following is not None and printed != following.text:
        fail(following.where(), f'the program prints\n{printed}')


def compile_language(page, tag, folder, options):
    compiler = options.cxx if tag == 'cpp' else options.cc
    base = [compiler, *standard(tag), *WARN, f'-I{options.include}']
    sources, owner = [], {}
    for block in page.blocks:
        if block.tag != tag or not is_file(block):
            continue
        name = block.note.get('file') or f'line_{block.line}{EXTENSION[tag]}'
        path = folder / name
        path.write_text(f'#line {block.line} "{page.path}"\n{block.text}', encoding='utf-8')
        if has_main(block):
            program = path.with_suffix('.bin')
            library = pathlib.Path(options.library)
            link = [str(library), f'-Wl,-rpath,{library.parent}', '-lm']
            if call(base + [str(path), '-o', str(program)] + link, block.where(),
                    'compiling') is not None:
                count(f'{tag} programs')
                if 'no-run' not in block.note:
                    run_program(program, block, options)
        else:
            sources.append(path)
            owner[path] = block
            count(f'{tag} files')
    body = fragments(page, tag, folder)
    if body:
        sources.append(body)
    if sources:
        # A fragment may make what it does not use.
        call(base + ['-Wno-unused', '-fsyntax-only'] + [str(s) for s in sources], page.name,
             'compiling')


def python_block(block, folder, options):
    try:
        compile(block.text, block.where(), 'exec')
    except SyntaxError as error:
        fail(block.where(), str(error))
        return
    count('python compiled')
    if 'run' in block.note and 'needs' not in block.note:
        run_python(block, folder, options)


def run_python(block, folder, options):
    path = folder / f'line_{block.line}.py'
    path.write_text(block.text, encoding='utf-8')
    printed = call([sys.executable, str(path)], block.where(), 'the script', cwd=folder,
                   env=options.env)
    following = options.after.get(id(block))
    if printed is not None and following is not None and printed != following.text:
        fail(following.where(), f'the script prints\n{printed}')
    count('python run')


def cmake_block(block, folder, options):
    """Configures a project of one program, named engine, in which the block stands."""
    project = folder / f'project_{block.line}'
    package = project / 'package'
    package.mkdir(parents=True)
    (package / 'heddleConfig.cmake').write_text(
        ''.join(f'add_library(heddle::{n} INTERFACE IMPORTED)\n' for n in ('heddle', 'shared', 'io')))
    version = re.search(r'HEDDLE_VERSION "(.*)"', (ROOT / 'include/heddle/version.h').read_text())[1]
    (package / 'heddleConfigVersion.cmake').write_text(
        f'set(PACKAGE_VERSION {version})\nif(PACKAGE_FIND_VERSION VERSION_LESS_EQUAL PACKAGE_VERSION)\n'
        '  set(PACKAGE_VERSION_COMPATIBLE TRUE)\nendif()\n')
    (project / 'engine.cpp').write_text('int main() {}\n')
    (project / 'heddle').symlink_to(ROOT)
    (project / 'CMakeLists.txt').write_text(
        'cmake_minimum_required(VERSION 3.25)\nproject(engine LANGUAGES C CXX)\n'
        f'add_executable(engine engine.cpp)\n{block.text}\n')
    call([options.cmake, '-S', project, '-B', project / 'build', f'-Dheddle_DIR={package}',
          f'-DFETCHCONTENT_SOURCE_DIR_HEDDLE={ROOT}', '-DHEDDLE_CUDA=OFF',
          '-DCMAKE_CXX_COMPILER_FORCED=ON', '-DCMAKE_C_COMPILER_FORCED=ON'],
         block.where(), 'configuring')
    count('cmake')


def rust_block(block, folder, options):
    rustc = shutil.which('rustc')
    if not rustc:
        count('rust not checked (no rustc)')
        return
    path = folder / f'line_{block.line}.rs'
    path.write_text(block.text, encoding='utf-8')
    kind = 'bin' if 'fn main' in block.text else 'lib'
    call([rustc, '--emit=metadata', f'--crate-type={kind}', path], block.where(), 'rustc', cwd=folder)
    count('rust')


def json_block(block, folder, options):
    try:
        json.loads(block.text)
    except ValueError as error:
        fail(block.where(), str(error))
    count('json')


def shell_block(block, folder, options):
    count('sh')
    call(['bash', '-n', '-c', block.text], block.where(), 'parsing')
    for line, text in shell.commands(block.text, block.line):
        check_command(f'{block.page}:{line}', text, options)
    if 'run' in block.note and options.heddle:
        shell.make_models(folder)
        call(['bash', '-euo', 'pipefail', '-c', block.text], block.where(), 'the commands',
             cwd=folder, env=options.env)
        count('sh run')


def check_command(where, text, options):
    if options.heddle:
        problem = shell.check(text, options.heddle)
        count('heddle commands')
        if problem:
            fail(where, problem)


def text_block(block, folder, options):
    count('text')


OTHERS = {'python': python_block, 'cmake': cmake_block, 'sh': shell_block, 'json': json_block,
          'rust': rust_block, 'text': text_block}


def find_outputs(page):
    """The output block of each block that has one, right behind it."""
    after = {}
    for block, following in zip(page.blocks, page.blocks[1:]):
        if 'output' in following.note:
            after[id(block)] = following
    return after


def check_page(path, options):
    page = read_page(path)
    options.after = find_outputs(page)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for block in page.blocks:  # first, since programs may read what the commands write
            if block.tag == 'sh':
                shell_block(block, folder, options)
        for tag in EXTENSION:
            compile_language(page, tag, folder, options)
        for block in page.blocks:
            if block.tag == 'sh':
                continue
            if block.tag in OTHERS:
                OTHERS[block.tag](block, folder, options)
            elif block.tag not in EXTENSION:
                fail(block.where(), f'language = "{block.tag}": must be '
                                    f'{", ".join(list(EXTENSION) + list(OTHERS))}')
        for line, text in page.shell:
            check_command(f'{page.name}:{line}', text, options)


def run_needing(paths, options):
    """The Python blocks that need packages. 77: some could not run."""
    missing = 0
    for path in paths:
        page = read_page(path)
        options.after = find_outputs(page)
        for block in page.blocks:
            absent = [n for n in block.note.get('needs', '').split(',')
                      if n and importlib.util.find_spec(n) is None]
            if absent:
                missing += 1
                print(f'{block.where()}: skipped, no Python package {", ".join(absent)}')
            elif 'needs' in block.note:
                with tempfile.TemporaryDirectory() as name:
                    run_python(block, pathlib.Path(name), options)
    return missing


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n', 1)[0])
    parser.add_argument('pages', nargs='+')
    parser.add_argument('--include', default=str(ROOT / 'include'))
    parser.add_argument('--library', required=True, help='the shared library')
    parser.add_argument('--heddle', help='the command; without it commands are not checked')
    parser.add_argument('--cxx', default='c++')
    parser.add_argument('--cc', default='cc')
    parser.add_argument('--cmake', default='cmake')
    parser.add_argument('--needs', action='store_true')
    options = parser.parse_args()
    library = pathlib.Path(options.library).resolve()
    options.library = str(library)
    options.env = dict(os.environ, LD_LIBRARY_PATH=str(library.parent))
    if options.heddle:
        options.heddle = str(pathlib.Path(options.heddle).resolve())
        options.env['PATH'] = f'{pathlib.Path(options.heddle).parent}:{os.environ["PATH"]}'
    skipped = 0
    if options.needs:
        skipped = run_needing(options.pages, options)
    else:
        for path in options.pages:
            check_page(path, options)
    print(', '.join(f'{n} {what}' for what, n in sorted(done.items())) or 'no snippets')
    if skipped:
        print(f'{skipped} skipped')
    return 1 if failures else 77 if skipped else 0


if __name__ == '__main__':
    sys.exit(main())
