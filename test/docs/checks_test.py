#!/usr/bin/env python3
"""The checks of the pages see what they are for: each fault here, planted in a page, is reported."""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import links
import shell
from pages import ROOT, read_page

HERE = pathlib.Path(__file__).parent
HELP = '#!/bin/sh\ncase "$1" in pack) echo "  --prune  first";; --help) echo "  --version";; *) exit 2;; esac\n'


class Snippets(unittest.TestCase):
    def run_page(self, text):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            page = folder / 'page.md'
            page.write_text(text)
            heddle = folder / 'heddle'
            heddle.write_text(HELP)
            heddle.chmod(0o755)
            result = subprocess.run(
                [sys.executable, str(HERE / 'snippets.py'), str(page), '--library', str(folder / 'none.so'),
                 '--heddle', str(heddle)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                check=False, env=dict(os.environ, PYTHONDONTWRITEBYTECODE='1'))
        return result.returncode, result.stdout

    def block(self, tag, text, note=''):
        return self.run_page(f'{note}\n```{tag}\n{text}\n```\n')

    def refused(self, answer, *words):
        code, output = answer
        self.assertEqual(code, 1, output)
        for word in words:
            self.assertIn(word, output)

    def test_good_blocks_pass(self):
        for tag, text in (('cpp', 'heddle::Pattern p{2, 4}; if (!p.valid()) return {};'),
                          ('c', 'heddle_pattern p = {2, 4}; (void)p;'), ('python', 'print(1)'),
                          ('sh', 'heddle pack a \\\n  b --prune'), ('json', '{"a": 1}'), ('text', '?'),
                          ('cmake', 'target_link_libraries(engine PRIVATE m)')):
            code, output = self.block(tag, text)
            self.assertEqual(code, 0, output)

    def test_code_that_does_not_compile(self):
        self.refused(self.block('cpp', 'heddle::Pattern p{2, 4}; p.width();'), 'width', 'page.md')
        self.refused(self.block('c', 'heddle_no_such_function();'), 'heddle_no_such_function')
        self.refused(self.block('c', '#include "heddle/absent.h"'), 'absent.h')
        self.refused(self.block('python', 'def ('), 'page.md:3')
        self.refused(self.block('cmake', 'find_package(heddle'), 'configuring')
        self.refused(self.block('cmake', 'target_link_libraries(engine PRIVATE heddle::absent)'), 'absent')
        self.refused(self.block('sh', 'if then'), 'parsing')
        self.refused(self.block('json', '{'), 'page.md:3')

    def test_a_block_without_a_known_language(self):
        self.refused(self.block('', 'x'), 'language = ""')
        self.refused(self.block('cxx', 'x'), 'language = "cxx"')

    def test_commands_that_do_not_exist(self):
        self.refused(self.block('sh', 'heddle park a b'), 'no such command')
        self.refused(self.block('sh', 'heddle pack a b --prun'), 'no option --prun')
        self.refused(self.run_page('Then\n\n    heddle pack a b --fast   # soon\n'), 'no option --fast')

    def test_output_that_is_another(self):
        page = '<!-- snippet: run -->\n```python\nprint(1)\n```\n<!-- snippet: output -->\n```text\n{}\n```\n'
        self.assertEqual(self.run_page(page.format(1))[0], 0)
        self.refused(self.run_page(page.format(2)), 'prints')
        self.refused(self.block('python', 'raise SystemExit(3)', '<!-- snippet: run -->'), '(3)')

    def test_a_note_that_means_nothing(self):
        for text in ('<!-- snippet: rum -->\n```text\n```\n', '<!-- snippet: run -->\nprose\n', '```text\n'):
            self.assertNotEqual(self.run_page(text)[0], 0)


class Links(unittest.TestCase):
    def test_anchors_are_those_of_headings(self):
        with tempfile.TemporaryDirectory() as name:
            page = pathlib.Path(name) / 'page.md'
            page.write_text('# Ties, NaN: `-0`\n```text\n# no heading\n```\n## [A](b.md) B\n')
            self.assertEqual(set(links.anchors(read_page(page))), {'ties-nan--0', 'a-b'})

    def test_names_are_those_of_the_sources(self):
        known = links.sources()
        self.assertIn('heddle_pack', known)
        self.assertIn('HEDDLE_BUILD_CLI', known)
        self.assertNotIn('heddle_no_such_function', known)


class Shell(unittest.TestCase):
    def test_continued_lines_are_one_command(self):
        self.assertEqual(shell.commands('a \\\n b\nc', 5), [(5, 'a b'), (7, 'c')])


class Examples(unittest.TestCase):
    def test_every_page_is_read(self):
        for path in [ROOT / 'README.md', ROOT / 'docs/formats.md']:
            self.assertTrue(read_page(path).prose)


if __name__ == '__main__':
    unittest.main()
