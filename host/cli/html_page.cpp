#include "host/cli/html_page.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>

#include "heddle/version.hpp"
#include "host/cli/report.hpp"
#include "host/io/markup.hpp"

namespace heddle::cli {
namespace {

using io::escape_markup;

// A name from the file: whatever it holds, its direction of writing stays inside.
std::string name_html(const std::string& name) { return "<bdi>" + escape_markup(name) + "</bdi>"; }

// The same in a narrow column: it may break behind a dot.
std::string breaking_name_html(const std::string& name) {
  std::string html;
  for (std::size_t at = 0; at < name.size();) {
    const std::size_t end = std::min(name.find_first_of("./_", at), name.size() - 1) + 1;
    html += (at == 0 ? "" : "<wbr/>") + escape_markup(name.substr(at, end - at));
    at = end;
  }
  return "<bdi>" + html + "</bdi>";
}

// 1234567 as "1 234 567", with narrow spaces that do not break.
std::string grouped(double count) {
  std::string digits = std::to_string(std::llround(count));
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, "\xe2\x80\xaf");
  return digits;
}

std::string bytes_words(std::size_t bytes) {
  const char* const units[] = {"bytes", "KB", "MB", "GB", "TB"};
  double value = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; value >= 1000 && unit < 4; ++unit) value /= 1000;
  char text[48];
  std::snprintf(text, sizeof(text), unit == 0 ? "%.0f %s" : "%.1f %s", value, units[unit]);
  return text;
}

// A cell whose exact value stands beside the rounded one.
std::string share_cell(double part, double whole) {
  const Json value = ratio(part, whole);
  return "<td" + (value.is_null() ? std::string() : " data-value=\"" + value.dump() + "\"") + ">" +
         exact_percent(part, whole) + "</td>";
}

std::string share_cell(const MaskStats& stats) { return share_cell(stats.l1_kept, stats.l1_total); }

std::string card(const std::string& title, const std::string& value, const std::string& note = {}) {
  return "<div><dt>" + escape_markup(title) + "</dt><dd>" + value +
         (note.empty() ? "" : "<small>" + escape_markup(note) + "</small>") + "</dd></div>\n";
}

bool own_method(const Page& page) { return page.method != to_string(page.pattern); }

std::string header(const Page& page, const PageTotals& totals) {
  std::string html = "<header>\n<h1>" + name_html(page.file) + "</h1>\n<p class=\"soft\">" +
                     bytes_words(page.file_bytes) + ", " + count_words(page.tensors, "tensor") +
                     ", " + std::to_string(page.layers.size()) + " of them weights that " +
                     escape_markup(page.method) + " prunes</p>\n" +
                     "<nav aria-label=\"Sections\"><a href=\"#layers\">Layers</a>"
                     "<a href=\"#charts\">Charts</a><a href=\"#masks\">Masks</a>"
                     "<a href=\"#skipped\">Left alone</a></nav>\n</header>\n";
  html += "<main>\n<dl>\n";
  html += card("Entries of these weights", grouped(totals.elements),
               exact_percent(totals.elements - totals.nonzeros, totals.elements) + " are zero now");
  html += card("L1 kept by " + to_string(page.pattern) + " along rows",
               exact_percent(totals.rows, totals.total),
               totals.not_finite > 0
                   ? "without " + count_words(totals.not_finite, "layer") + " of NaN or infinities"
                   : "");
  html += card("by transposable tiles, exact", exact_percent(totals.tiles[0], totals.total),
               "at most: " + exact_percent(totals.tiles[1], totals.total) +
                   ", greedy: " + exact_percent(totals.tiles[2], totals.total));
  if (own_method(page)) {
    html += card("by " + page.method, exact_percent(totals.method, totals.total));
  }
  if (page.permutation) {
    html += card("by " + to_string(page.pattern) + ", channels reordered",
                 exact_percent(totals.permuted, totals.total));
  }
  html += card(
      "Tensors, their matrices packed", bytes_words(page.packed_bytes),
      exact_percent(static_cast<double>(page.packed_bytes), static_cast<double>(page.file_bytes)) +
          " of the file");
  return html + "</dl>\n";
}

std::string heading(const char* scope, const std::string& words, bool left = false) {
  return "<th scope=\"" + std::string(scope) + "\"" + (left ? " class=\"l\"" : "") + ">" + words +
         "</th>";
}

std::string table_head(const Page& page) {
  const std::string pattern = to_string(page.pattern);
  std::string html = "<thead><tr>" + heading("col", "#") + heading("col", "Tensor", true) +
                     heading("col", "Shape") + heading("col", "Type", true) +
                     heading("col", "Nonzero<br/>before") + heading("col", "Zeros<br/>before") +
                     heading("col", "Is it<br/>" + pattern + "?", true) + heading("col", "Fill") +
                     heading("col", "L1 kept<br/>" + pattern) + heading("col", "tile<br/>exact") +
                     heading("col", "tile<br/>at most") + heading("col", "tile<br/>greedy");
  if (own_method(page)) html += heading("col", escape_markup(page.method));
  if (page.permutation) html += heading("col", pattern + ",<br/>reordered");
  return html + "</tr></thead>\n";
}

std::string table_row(const Page& page, const PageLayer& layer, std::size_t index) {
  const LayerNumbers& numbers = layer.numbers;
  const MaskStats& stats = layer.stats();
  std::string html =
      "<tr><td>" + std::to_string(index + 1) + "</td><th scope=\"row\">" +
      breaking_name_html(layer.name) +
      (layer.packed ? " <span class=\"soft\">(packed)</span>" : "") + "</th><td>" +
      shape_words(layer.shape) + "</td><td class=\"l\">" + escape_markup(layer.dtype) +
      "</td><td>" + grouped(static_cast<double>(numbers.rows.nonzeros)) + "</td>" +
      share_cell(numbers.zeros(), static_cast<double>(numbers.rows.elements)) + "<td class=\"l\">" +
      (numbers.check.compliant() ? "yes" : "no") + "</td>" +
      share_cell(static_cast<double>(stats.kept), static_cast<double>(stats.elements)) +
      share_cell(numbers.rows);
  for (const MaskStats& tile : numbers.tiles) html += share_cell(tile);
  if (own_method(page)) html += share_cell(stats);
  if (page.permutation) {
    html +=
        numbers.order ? share_cell(numbers.order->kept, numbers.order->total) : share_cell(0, 0);
  }
  return html + "</tr>\n";
}

std::string layer_table(const Page& page, const PageTotals& totals) {
  std::string html =
      "<h2 id=\"layers\">Layers</h2>\n<p>Each weight as it is in the file, and what masks by "
      "magnitude would keep of its L1 norm: along rows, and of transposable tiles (both "
      "directions at once). Fill is the share of entries that " +
      escape_markup(page.method) + " keeps.</p>\n";
  if (page.layers.empty()) return html + "<p>None.</p>\n";
  html += "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Layers\">\n<table>\n" +
          table_head(page) + "<tbody>\n";
  for (std::size_t i = 0; i < page.layers.size(); ++i) {
    html += table_row(page, page.layers[i], i);
  }
  html +=
      "</tbody>\n<tfoot><tr><td></td><th scope=\"row\" class=\"l\">All</th><td></td><td></td><td>" +
      grouped(totals.nonzeros) + "</td>" +
      share_cell(totals.elements - totals.nonzeros, totals.elements) + "<td></td><td></td>" +
      share_cell(totals.rows, totals.total);
  for (const double tile : totals.tiles) html += share_cell(tile, totals.total);
  if (own_method(page)) html += share_cell(totals.method, totals.total);
  if (page.permutation) html += share_cell(totals.permuted, totals.total);
  return html + "</tr></tfoot>\n</table>\n</div>\n";
}

std::string charts(const Page& page) {
  std::string html = "<h2 id=\"charts\">Charts</h2>\n";
  if (page.layers.empty()) return html + "<p>None.</p>\n";
  const auto figure = [](const std::string& caption, const std::string& svg) {
    return "<figure><figcaption>" + caption +
           "</figcaption><div class=\"scroll chart\" tabindex=\"0\" role=\"region\" "
           "aria-label=\"Chart\">\n" +
           svg + "</div></figure>\n";
  };
  html += figure("Share of the L1 norm that masks keep, layer by layer.", layer_chart(page));
  const std::string magnitudes = magnitude_chart(page);
  if (!magnitudes.empty()) {
    const Magnitudes& all = page.magnitudes;
    html += figure("Which magnitudes " + escape_markup(page.method) + " keeps, over all layers" +
                       (all.sampled ? " (of large ones, rows at an even pace)" : "") +
                       "; zeros are not shown" +
                       (all.not_finite > 0 ? ", nor NaN and infinities" : "") + ".",
                   magnitudes);
  }
  return html;
}

std::string masks(const Page& page) {
  std::size_t shown = 0;
  for (const PageLayer& layer : page.layers) shown += !layer.thumbnail.empty();
  std::string html = "<h2 id=\"masks\">Masks</h2>\n";
  if (shown == 0) return html + "<p>None.</p>\n";
  html +=
      "<p>The top left corner of masks by " + escape_markup(page.method) + ", at most " +
      std::to_string(kThumbnailSide) + " x " + std::to_string(kThumbnailSide) +
      " entries (of a convolution, of its first tap): kept dark, dropped light" +
      (shown < page.layers.size() ? ". Shown are the " + std::to_string(shown) + " largest of " +
                                        std::to_string(page.layers.size()) + " layers"
                                  : "") +
      ".</p>\n<div class=\"masks\">\n";
  for (const PageLayer& layer : page.layers) {
    if (layer.thumbnail.empty()) continue;
    html += "<figure><img alt=\"Corner of the mask of " + escape_markup(layer.name) +
            "\" src=\"data:image/png;base64," + io::base64(layer.thumbnail) + "\"/><figcaption>" +
            name_html(layer.name) + ", " + shape_words(layer.shape) + "</figcaption></figure>\n";
  }
  return html + "</div>\n";
}

// The reason without what the line of the tensor says already: its rank, size or type.
std::string kind_of(const std::string& reason) {
  const std::size_t colon = reason.find(": ");
  return colon == std::string::npos ? reason : reason.substr(colon + 2);
}

std::string skipped(const Page& page) {
  std::string html = "<h2 id=\"skipped\">Left alone</h2>\n";
  if (page.skipped.empty()) return html + "<p>Nothing.</p>\n";
  std::map<std::string, std::vector<const PageSkipped*>> by_reason;
  for (const PageSkipped& entry : page.skipped) by_reason[kind_of(entry.reason)].push_back(&entry);
  html += "<p>" + count_words(page.skipped.size(), "tensor") + ", by reason.</p>\n";
  const bool open = page.skipped.size() <= 24;
  for (const auto& [reason, entries] : by_reason) {
    html += std::string("<details") + (open ? " open=\"open\"" : "") + "><summary>" +
            count_words(entries.size(), "tensor") + ": " + name_html(reason) + "</summary><ul>\n";
    for (const PageSkipped* const entry : entries) {
      html += "<li>" + name_html(entry->name) + " <span class=\"soft\">" +
              shape_words(entry->shape) + ", " + escape_markup(entry->dtype) + "</span></li>\n";
    }
    html += "</ul></details>\n";
  }
  return html;
}

}  // namespace

PageTotals totals_of(const Page& page) {
  PageTotals totals;
  for (const PageLayer& layer : page.layers) {
    const LayerNumbers& numbers = layer.numbers;
    totals.elements += static_cast<double>(numbers.rows.elements);
    totals.nonzeros += static_cast<double>(numbers.rows.nonzeros);
    if (!std::isfinite(numbers.rows.l1_total)) {
      ++totals.not_finite;
      continue;
    }
    totals.total += numbers.rows.l1_total;
    totals.rows += numbers.rows.l1_kept;
    totals.method += layer.stats().l1_kept;
    totals.permuted += numbers.order ? numbers.order->kept : numbers.rows.l1_kept;
    for (std::size_t i = 0; i < totals.tiles.size(); ++i) {
      totals.tiles[i] += numbers.tiles[i].l1_kept;
    }
  }
  return totals;
}

std::string html_page(const Page& page) {
  const PageTotals totals = totals_of(page);
  return "<!DOCTYPE html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">\n<head>\n"
         "<meta charset=\"utf-8\"/>\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<title>" +
         escape_markup(page.file) + ": " + escape_markup(page.method) + "</title>\n<style>" +
         html_style() + "</style>\n</head>\n<body>\n" + header(page, totals) +
         layer_table(page, totals) + charts(page) + masks(page) + skipped(page) +
         "</main>\n<footer>heddle " HEDDLE_VERSION
         ". Shares are of the sum of magnitudes (L1 norm) of a weight.</footer>\n</body>\n"
         "</html>\n";
}

}  // namespace heddle::cli
