#pragma once
// Experiments: two ways of doing the same, side by side, with what is expected of them and what the
// answer decides. bench/shapes/experiments.txt is the list, docs/experiments.md is made from it.

#include <optional>
#include <string>
#include <vector>

#include "bench/case.hpp"
#include "heddle/select.hpp"

namespace heddle::bench {

/// The ratio of an experiment is the speed of `first` over that of `second`. A side is
///   chosen            the library's choice
///   FIELD=VALUE ...   the configuration with these fields: configuration_with
///   cublaslt, cusparselt
///   rate NAME, peak NAME      of --rates=1 and peak.cu: no problem then
///   operation NAME, copy      of a problem without tokens
/// and `overlap` behind a configuration lets a call start while the one before it ends.
struct Experiment {
  std::string name;
  std::string hypothesis, decides;
  std::vector<Case> problems;  // none: of the machine alone
  std::string first, second;
  std::optional<double> predicted;  // nothing: what the cost model says of the two configurations
};

/// Reads a list: blocks of lines "KEY: TEXT" (a line that begins with blanks goes on), each begun by
/// "experiment: NAME". Keys: hypothesis, problems (as in a list of cases, several lines with ';'
/// between), compare ("FIRST vs SECOND"), predicted (a ratio, or "model"), decides. '#' starts a
/// comment line. Errors name the line.
Result<std::vector<Experiment>> read_experiments(const std::string& path);

/// A side without the word overlap, and whether it was there.
struct ProductSide {
  std::string text;
  bool overlap = false;
};
ProductSide product_side(const std::string& side);
/// "chosen" or fields.
bool is_heddle(const std::string& side);

/// What a product asks of the model.
SelectProblem select_problem(const Case& problem);

/// A configuration with the fields that `parts` names, such as "wgmma=2x64x256 cluster=1" or
/// "warps=1x1x8 stages=2": the model's best of the candidates that agree with most of them, the
/// other fields then set. not_found if no candidate has the tile: the first field.
Result<MatmulConfig> configuration_with(const std::string& parts, const SelectProblem& problem,
                                        const DeviceDescription& device);
/// The same with its prediction; "chosen" is the model's best.
Result<Selection> selection_of(const std::string& side, const SelectProblem& problem,
                               const DeviceDescription& device);

/// The model's ratio of the two sides; not_found where one is none of its configurations.
Result<double> model_ratio(const Experiment& experiment, const Case& problem,
                           const DeviceDescription& device);

/// Measured: the median of the rounds' ratios and their quartiles.
struct Measured {
  double ratio = 0, q1 = 0, q3 = 0;
};
/// Of several problems: geometric means.
Measured together(const std::vector<Measured>& all);

/// "within noise": the quartiles, or kNoise, do not tell the two apart; "confirmed": between half and
/// twice the predicted gain or loss (in logarithms; or within a tenth of it), or none where none was
/// predicted; "refuted": anything else. bench/campaign_report.py has the same rule.
inline constexpr double kNoise = 0.02;
const char* verdict(double predicted, const Measured& measured);

/// The rows of a list as text for people: predicted, measured, quartiles, verdict, what is decided.
struct ExperimentRow {
  const Experiment* experiment = nullptr;
  std::vector<double> predicted;   // of each problem
  std::vector<Measured> measured;  // the same
  std::string why_not;             // of a problem that was not measured
};
std::string experiment_table(const std::vector<ExperimentRow>& rows);

}  // namespace heddle::bench
