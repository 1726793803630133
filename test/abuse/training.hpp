#pragma once
// A Sparsifier with its tensors in a stage.

#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "heddle/sparsifier.hpp"
#include "test/abuse/stage.hpp"

namespace heddle::abuse {

inline void require_ok(const Status& status) {
  if (!status.ok()) throw std::logic_error("preparing a scenario: " + status.to_string());
}

struct Trained {
  explicit Trained(Stage& s) : sparsifier(SparsifierOptions::any_size()) {
    for (const char* name : {"first.of.the.layers", "second.of.the.layers"}) {
      SparseParameter p = parameter(s, name);
      p.master = as_tensor(s.matrix(200, 96, 2));
      require_ok(sparsifier.add(p));
      parameters.push_back(p);
      gradients.push_back(as_tensor(s.matrix(200, 96, 8)));
      masked.push_back(as_tensor(s.zeros(200, 96)));
      scores.push_back(as_tensor(ConstMatrixView(s.matrix(200, 96, 6))));
    }
    third = parameter(s, "third.of.the.layers");
    words = sparsifier.state_words();
    s.numbers.resize(4);
  }
  static SparseParameter parameter(Stage& s, const char* name) {
    SparseParameter p;
    p.name = name;
    p.weight = as_tensor(s.matrix(200, 96));
    p.mask = as_tensor(s.mask(200, 96));
    p.dropped = as_tensor(s.zeros(200, 96));
    return p;
  }
  void note_state(Stage& s) const {
    s.numbers[0] = sparsifier.size();
    s.numbers[1] = sparsifier.has_masks();
    s.numbers[2] = sparsifier.pruned();
    s.numbers[3] = sparsifier.frozen();
  }
  Sparsifier sparsifier;
  std::vector<SparseParameter> parameters;
  SparseParameter third;
  std::vector<TensorView> gradients, masked;
  std::vector<ConstTensorView> scores;
  std::map<std::string, std::string> words;
};

}  // namespace heddle::abuse
