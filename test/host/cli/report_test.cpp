// heddle report: a page that any reader of markup takes, with the numbers of the library.

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "heddle/heddle.hpp"
#include "test/host/cli/markup.hpp"
#include "test/host/cli/program.hpp"
#include "test/host/io/files.hpp"

namespace heddle::test {
namespace {

Tensor gaussian_like(const std::string& name, const std::vector<std::int64_t>& shape,
                     unsigned seed) {
  Tensor tensor{name, "F32", shape, {}};
  std::int64_t count = 1;
  for (const std::int64_t dim : shape) count *= dim;
  unsigned state = seed;
  for (std::int64_t i = 0; i < count; ++i) {
    float sum = 0;
    for (int term = 0; term < 4; ++term) {
      state = state * 1664525u + 1013904223u;
      sum += static_cast<float>(state >> 16) / 32768.0f - 1.0f;
    }
    tensor.bytes.append(reinterpret_cast<const char*>(&sum), sizeof(sum));
  }
  return tensor;
}

// Every cell of a row, by the heading of its column without blanks.
std::map<std::string, const Element*> row_of(const Element& page, const std::string& name) {
  std::vector<std::string> headings;
  std::map<std::string, const Element*> cells;
  const auto tables = page.all("table");
  if (tables.empty()) return cells;
  for (const Element* const cell : tables[0]->all("thead")[0]->all("th"))
    headings.push_back(cell->text);
  for (const Element* const row : tables[0]->all("tbody")[0]->all("tr")) {
    if (row->children.at(1).text != name) continue;
    EXPECT_EQ(row->children.size(), headings.size());
    for (std::size_t i = 0; i < headings.size(); ++i) cells[headings[i]] = &row->children[i];
  }
  return cells;
}

double value_of(const Element& cell) {
  const auto found = cell.attributes.find("data-value");
  return found == cell.attributes.end() ? -1 : std::strtod(found->second.c_str(), nullptr);
}

// Nothing that a browser would fetch or run.
void expect_self_contained(const std::string& html, const Element& page) {
  for (const char* name : {"script", "link", "iframe", "object", "base", "form"}) {
    EXPECT_TRUE(page.all(name).empty()) << name;
  }
  for (const Element* const image : page.all("img")) {
    EXPECT_EQ(image->attributes.at("src").rfind("data:image/png;base64,", 0), 0u);
    EXPECT_NE(image->attributes.at("alt"), "");
  }
  for (const Element* const link : page.all("a")) EXPECT_EQ(link->attributes.at("href")[0], '#');
  EXPECT_EQ(html.find("url("), std::string::npos);
  EXPECT_EQ(html.find("@import"), std::string::npos);
}

Element page_at(const std::string& path) {
  const std::string html = read_file(path);
  Element page = parse_markup(html);
  expect_self_contained(html, page);
  return page;
}

TEST(Report, NumbersAreTheLibrarys) {
  const TempDir dir;
  const Tensor weight = gaussian_like("fc.weight", {64, 96}, 7),
               conv = gaussian_like("conv", {32, 36, 3, 3}, 8);
  write_tensors(dir / "in", {weight, conv, random_tensor("bias", "F32", {64}),
                             random_tensor("ids", "I64", {64, 64})});
  const Ran run = heddle_run(
      {"report", dir / "in", "-o", dir / "r.html", "--method", "tile-greedy-2:4", "--json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const Element page = page_at(dir / "r.html");
  EXPECT_EQ(page.name, "html");
  EXPECT_EQ(page.all("h1").at(0)->text, dir / "in");

  const auto matrix =
      row_major(static_cast<const void*>(weight.bytes.data()), 64, 96, DataType::f32);
  std::vector<std::uint8_t> bytes(64 * 96);
  const MaskView mask = row_major_mask(bytes.data(), 64, 96);
  const auto cells = row_of(page, "fc.weight");
  ASSERT_FALSE(cells.empty());
  const auto expect_share = [&](const std::string& heading, const std::string& method) {
    ASSERT_TRUE(best_mask(Exec::cpu(), matrix, *find_method(method), mask).ok());
    const Result<MaskStats> stats = mask_stats(Exec::cpu(), matrix, mask);
    ASSERT_TRUE(stats.ok());
    ASSERT_EQ(cells.count(heading), 1u) << heading;
    EXPECT_DOUBLE_EQ(value_of(*cells.at(heading)), stats->l1_kept / stats->l1_total) << heading;
    char rounded[32];
    std::snprintf(rounded, sizeof(rounded), "%.2f %%", 100 * stats->l1_kept / stats->l1_total);
    EXPECT_EQ(cells.at(heading)->text, rounded);
  };
  expect_share("L1 kept2:4", "2:4");
  expect_share("tileexact", "tile-exact-2:4");
  expect_share("tileat most", "tile-at-most-2:4");
  expect_share("tilegreedy", "tile-greedy-2:4");
  expect_share("tile-greedy-2:4", "tile-greedy-2:4");
  EXPECT_EQ(cells.at("Shape")->text, "64 x 96");
  EXPECT_EQ(cells.at("Type")->text, "F32");
  EXPECT_EQ(cells.at("Is it2:4?")->text, "no");
  std::size_t kept = 0;
  for (const std::uint8_t entry : bytes) kept += entry;
  EXPECT_DOUBLE_EQ(value_of(*cells.at("Fill")), double(kept) / (64 * 96));

  // inspect says the same, of the convolution too.
  const Ran inspect = heddle_run({"inspect", dir / "in", "--tensor", "conv", "--json"});
  const nlohmann::json entry = inspect.json()["tensors"][0];
  const auto conv_cells = row_of(page, "conv");
  ASSERT_FALSE(conv_cells.empty());
  EXPECT_DOUBLE_EQ(value_of(*conv_cells.at("L1 kept2:4")), entry["l1_kept"].get<double>());
  EXPECT_DOUBLE_EQ(value_of(*conv_cells.at("tileexact")),
                   entry["l1_kept_tile_exact"].get<double>());
  EXPECT_DOUBLE_EQ(value_of(*conv_cells.at("tileat most")),
                   entry["l1_kept_tile_at_most"].get<double>());
  const nlohmann::json json = run.json();
  for (const auto& tensor : json["tensors"]) {
    EXPECT_DOUBLE_EQ(value_of(*row_of(page, tensor["name"]).at("L1 kept2:4")),
                     tensor["l1_kept"].get<double>());
  }
  EXPECT_EQ(run.json()["skipped"].size(), 2u);
  EXPECT_EQ(page.all("details").size(), 2u);
  EXPECT_NE(page.text.find("weights have 2 to 5 dimensions"), std::string::npos);
  EXPECT_EQ(page.all("svg").size(), 2u);
  EXPECT_EQ(page.all("img").size(), 2u);
}

TEST(Report, ThePatternAndItsOrderOfChannels) {
  const TempDir dir;
  write_tensors(dir / "in", {gaussian_like("w", {32, 32}, 3)});
  const Ran run = heddle_run(
      {"report", dir / "in", dir / "r.html", "--pattern", "1:4", "--permutation", "--json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const nlohmann::json entry = run.json()["tensors"][0];
  EXPECT_DOUBLE_EQ(entry["fill"], 0.25);
  EXPECT_GT(entry["l1_kept_permuted"], entry["l1_kept"]);
  ASSERT_EQ(entry["pattern"], "1:4");
  const Element page = page_at(dir / "r.html");
  EXPECT_DOUBLE_EQ(value_of(*row_of(page, "w").at("1:4,reordered")),
                   entry["l1_kept_permuted"].get<double>());
}

TEST(Report, HostileNames) {
  const TempDir dir;
  const std::vector<std::string> names = {"<script>alert(1)</script>",
                                          "\"><img src=x onerror=alert(1)>",
                                          "a&b&lt;c",
                                          "]]>--></style>",
                                          "line\nbreak\x1b[2J",
                                          "\xe2\x80\xae"
                                          "desrever",
                                          "\xef\xbf\xbf\xef\xbf\xbe",
                                          std::string(3000, 'x'),
                                          "\xf0\x9f\xa7\xb5 thread",
                                          "'single'"};
  std::vector<Tensor> tensors;
  for (std::size_t i = 0; i < names.size(); ++i) {
    tensors.push_back(gaussian_like(names[i], {32, 32}, unsigned(i)));
    tensors.push_back(random_tensor(names[i] + "<b>", "F32", {3}));
  }
  const std::string file = dir / "<i>&'\".safetensors";
  write_tensors(file, tensors);
  const Ran run = heddle_run({"report", file, "-o", dir / "r.html", "--json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const Element page = page_at(dir / "r.html");
  EXPECT_EQ(page.all("h1").at(0)->text, file);
  EXPECT_EQ(page.all("img").size(), names.size()) << "no name makes an element";
  EXPECT_TRUE(page.all("b").empty());
  EXPECT_TRUE(page.all("i").empty());
  for (const char* name : {"<script>alert(1)</script>", "a&b&lt;c", "]]>--></style>", "'single'",
                           "line\\x0abreak\\x1b[2J", "\xf0\x9f\xa7\xb5 thread"}) {
    EXPECT_FALSE(row_of(page, name).empty()) << name;
  }
}

TEST(Report, NothingToShow) {
  const TempDir dir;
  write_tensors(dir / "in",
                {random_tensor("bias", "F32", {3}), random_tensor("empty", "F32", {0, 64})});
  const Ran run = heddle_run({"report", dir / "in", "-o", dir / "r.html"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_TRUE(page_at(dir / "r.html").all("table").empty());
  // Zeros, NaN and infinities have no share.
  write_tensors(dir / "in", {{"zeros", "F16", {32, 32}, std::string(2048, '\0')},
                             random_tensor("wild", "F16", {64, 64})});
  ASSERT_EQ(heddle_run({"report", dir / "in", "-o", dir / "r.html", "--permutation"}).exit_code, 0);
  const Element page = page_at(dir / "r.html");
  EXPECT_EQ(row_of(page, "zeros").at("L1 kept2:4")->text, "\xe2\x80\x93");
  EXPECT_EQ(row_of(page, "wild").at("L1 kept2:4")->text, "\xe2\x80\x93");
  EXPECT_EQ(page.text.find("nan"), std::string::npos);
  EXPECT_EQ(page.text.find("inf "), std::string::npos);
}

TEST(Report, AThousandLayersStaySmall) {
  const TempDir dir;
  std::vector<Tensor> tensors;
  for (int i = 0; i < 1000; ++i) {
    const std::string name = "model.layers." + std::to_string(i) + ".mlp.down_proj.weight";
    tensors.push_back(gaussian_like(name, {32, 32}, unsigned(i)));
    tensors.push_back(random_tensor(name + ".bias", "F16", {2}));
  }
  write_tensors(dir / "in", tensors);
  const Ran run = heddle_run({"report", dir / "in", "-o", dir / "r.html"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const std::string html = read_file(dir / "r.html");
  EXPECT_LT(html.size(), 1'200'000u);
  const Element page = page_at(dir / "r.html");
  EXPECT_EQ(page.all("tbody")[0]->all("tr").size(), 1000u);
  EXPECT_EQ(page.all("img").size(), 48u);
  EXPECT_NE(page.text.find("48 largest of 1000 layers"), std::string::npos);
}

TEST(Report, PackedFilesAndErrors) {
  const TempDir dir;
  write_tensors(dir / "in", {gaussian_like("w", {32, 64}, 1)});
  ASSERT_EQ(heddle_run({"pack", "--prune", dir / "in", dir / "packed"}).exit_code, 0);
  const Ran run = heddle_run({"report", dir / "packed", "-o", dir / "r.html", "--json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(run.json()["tensors"][0]["compliant"], true);
  const Element page = page_at(dir / "r.html");
  const auto cells = row_of(page, "w (packed)");
  EXPECT_EQ(cells.at("Is it2:4?")->text, "yes");
  EXPECT_DOUBLE_EQ(value_of(*cells.at("Zerosbefore")), run.json()["tensors"][0]["sparsity"]);
  EXPECT_GE(value_of(*cells.at("Zerosbefore")), 0.5);
  const std::string before = read_file(dir / "in");
  const Ran same = heddle_run({"report", dir / "in", "-o", dir / "in"});
  EXPECT_EQ(same.exit_code, 2);
  EXPECT_NE(same.err.find("is the input"), std::string::npos) << same.err;
  EXPECT_EQ(read_file(dir / "in"), before) << "a page never replaces the model";
  EXPECT_EQ(heddle_run({"report", dir / "in", "-o", dir / "absent/r.html"}).exit_code, 2);
  EXPECT_EQ(heddle_run({"report", dir / "in"}).exit_code, 2);
  const Ran full = shell_run("ulimit -f 1; exec \"$HEDDLE\" report '" + (dir / "in") + "' -o '" +
                             (dir / "q.html") + "'");
  EXPECT_EQ(full.exit_code, 2) << full.err;
  EXPECT_EQ(dir.names(), (std::vector<std::string>{"in", "packed", "r.html"}));
}

}  // namespace
}  // namespace heddle::test
