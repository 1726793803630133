#!/usr/bin/env python3
"""coverage.py reads declarations as they are written, and its comparison fails where it must."""
import contextlib
import io
import pathlib
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True  # the source folder stays as it is
sys.path.insert(0, str(pathlib.Path(__file__).parent))
import coverage  # noqa: E402

HEADER = """
#define A(x) \\
  f(x);
namespace heddle {
// no(int);
/* nor(int); */
enum class E : std::uint8_t { a = 0, b };
HEDDLE_API Status first(const Exec& exec, const std::vector<int>& list = {}, E e = E::a) noexcept;
[[nodiscard]] inline constexpr int* second() { if (true) { return nullptr; } return third(4); }
using Function = std::function<Status(int)>;
struct Data {
  int field = 2;
  std::function<bool(int)> callback;
  void (*pointer)(void*) = nullptr;
  operator int() const { return 1; }
  friend bool operator==(const Data& x, const Data& y) { return f(x) == f(y); }
  std::int64_t method(std::int64_t n, const char* text) const;
};
class HEDDLE_API Handle {
 public:
  Handle() = default;
  Handle(Handle&&) noexcept;
  Handle(const Handle&) = delete;
  ~Handle();
  static Handle made(int threads = 0) noexcept { return Handle(threads); }
 private:
  explicit Handle(int threads) : threads_(threads), list_{1, 2} {}
  void hidden();
};
template <class T>
class Box {
 public:
  T&& value() && { return std::move(*get()); }
 private:
  T* get();
};
namespace io { Result<int> open(const std::string& path); }
}  // namespace heddle
"""
WANT = [
    "first(Exec, std::vector<int>, E)", "second()", "Data::method(std::int64_t, char*)",
    "Handle::Handle()", "Handle::Handle(Handle)", "Handle::made(int)", "Box::value()",
    "io::open(std::string)"
]


class Reading(unittest.TestCase):
    def test_declarations(self):
        self.assertEqual(coverage.declarations(coverage.tokens_of(HEADER)), WANT)


class Comparison(unittest.TestCase):
    """The real headers and list, changed by one line."""

    def answer(self, change_list=str, change_header=str, change_c=str, change_umbrella=str):
        here = pathlib.Path(__file__).parent
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            for path in (here / "../../../include").resolve().rglob("*.h*"):
                text = path.read_text()
                if path.name == "matmul.hpp":
                    text = change_header(text)
                if path.name == "matmul.h":
                    text = change_c(text)
                if path.name == "heddle.h":
                    text = change_umbrella(text)
                to = folder / "heddle" / ("c" if path.parent.name == "c" else "") / path.name
                to.parent.mkdir(parents=True, exist_ok=True)
                to.write_text(text)
            listed = folder / "coverage.txt"
            listed.write_text(change_list((here / "coverage.txt").read_text()))
            out, sys.argv = io.StringIO(), ["coverage.py", str(folder), str(listed)]
            with contextlib.redirect_stdout(out):
                code = coverage.main()
            return code, out.getvalue()

    def fails_with(self, text, **changes):
        code, out = self.answer(**changes)
        self.assertEqual((code, out.strip()), (1, text))

    def test_complete(self):
        self.assertEqual(self.answer()[0], 0)

    def test_new_cpp_function(self):
        self.fails_with("matmul.hpp: fresh(int) has no line in coverage.txt",
                        change_header=lambda s: s.replace("Status linear(", "int fresh(int n);\n"
                                                          "Status linear(", 1))

    def test_overload(self):
        self.fails_with("matmul.hpp: linear(Exec) has no line in coverage.txt",
                        change_header=lambda s: s.replace(
                            "Status linear(", "Status linear(const Exec& e);\nStatus linear(", 1))

    def test_c_name_that_is_not_declared(self):
        self.fails_with("coverage.txt: heddle_linaer: no header of the C ABI declares it",
                        change_list=lambda s: s.replace("| heddle_linear",
                                                        "| heddle_linear, heddle_linaer"))

    def test_new_c_function(self):
        self.fails_with("c/matmul.h: heddle_more has no line in coverage.txt",
                        change_c=lambda s: s.replace(
                            "/* NOLINTEND", "HEDDLE_API void heddle_more(void);\n/* NOLINTEND"))

    def test_line_of_nothing(self):
        self.fails_with("coverage.txt: gone(int): no public header declares it",
                        change_list=lambda s: s + "gone(int) | none: gone\n")

    def test_no_reason(self):
        code, out = self.answer(change_list=lambda s: s.replace("none: violations == 0", "none"))
        self.assertEqual(code, 1)
        self.assertIn("needs ` | C names` or ` | none: reason`", out)

    def test_umbrella(self):
        self.fails_with("heddle.h does not include c/step.h",
                        change_umbrella=lambda s: s.replace('#include "heddle/c/step.h"', ""))


if __name__ == "__main__":
    unittest.main()
