// Steps of optimizers and the Sparsifier, which promises that a call that fails has written nothing.

#include "heddle/sparsifier.hpp"
#include "heddle/step.hpp"
#include "test/abuse/stage.hpp"
#include "test/abuse/training.hpp"

namespace heddle::abuse {
namespace {

constexpr std::int64_t kRows = 200, kCols = 96;

StepTensors step_tensors(Stage& s) {
  StepTensors t;
  t.weight = as_tensor(s.matrix(kRows, kCols));
  t.gradient = as_tensor(s.matrix(kRows, kCols, 9));
  t.mask = as_tensor(s.kept_mask(kRows, kCols));
  t.momentum = as_tensor(s.zeros(kRows, kCols));
  t.moment1 = as_tensor(s.zeros(kRows, kCols));
  t.moment2 = as_tensor(s.zeros(kRows, kCols));
  return t;
}

void add_steps(std::vector<Scenario>& list) {
  list.push_back(scenario("sgd_step", [](Stage& s) -> Act {
    const StepTensors t = step_tensors(s);
    return [=] {
      SgdOptions options;
      options.momentum = 0.5f;
      return sgd_step(threads(), options, &t, 1);
    };
  }));
  list.push_back(scenario("adamw_step", [](Stage& s) -> Act {
    const StepTensors t = step_tensors(s);
    return [=] { return adamw_step(threads(), {}, &t, 1); };
  }));
  list.push_back(scenario("sr_ste", [](Stage& s) -> Act {
    const SrSteTensors t = {as_tensor(s.matrix(kRows, kCols)), as_tensor(s.kept_mask(kRows, kCols)),
                            as_tensor(s.matrix(kRows, kCols, 4))};
    return [=] { return sr_ste(threads(), 0.1f, &t, 1); };
  }));
}

// A Sparsifier of two parameters; `prepare` brings it into the state that the call finds.
using Made = std::shared_ptr<Trained>;
void add(std::vector<Scenario>& list, const char* name,
         const std::function<void(Trained&)>& prepare, const std::function<Status(Trained&)>& call,
         StatusCode want = StatusCode::ok, bool all_or_nothing = true) {
  list.push_back(scenario(
      name,
      [=](Stage& s) -> Act {
        const Made made = std::make_shared<Trained>(s);
        prepare(*made);
        made->note_state(s);
        return [=, &s] {
          Status status = call(*made);
          made->note_state(s);
          return status;
        };
      },
      want, all_or_nothing));
}

void nothing(Trained&) {}
void computed(Trained& t) { require_ok(t.sparsifier.compute_masks(Exec::cpu(1))); }
void restored(Trained& t) {
  computed(t);
  require_ok(t.sparsifier.restore(Exec::cpu(1)));
}

void refreshed(Trained& t) {
  restored(t);
  require_ok(t.sparsifier.refresh(Exec::cpu(1), t.masked.data(), t.masked.size(), true));
}

}  // namespace

std::vector<Scenario> training_scenarios() {
  std::vector<Scenario> list;
  add_steps(list);
  add(list, "Sparsifier::add", nothing, [](Trained& t) { return t.sparsifier.add(t.third); });
  add(
      list, "Sparsifier::add twice", nothing,
      [](Trained& t) { return t.sparsifier.add(t.parameters[0]); }, StatusCode::invalid_argument);
  add(list, "Sparsifier::compute_masks again", computed,
      [](Trained& t) { return t.sparsifier.compute_masks(threads()); });
  add(list, "Sparsifier::compute_masks by scores", computed,
      [](Trained& t) { return t.sparsifier.compute_masks(threads(), t.scores.data()); });
  add(list, "Sparsifier::restore", computed,
      [](Trained& t) { return t.sparsifier.restore(threads()); });
  add(list, "Sparsifier::mask_gradients", computed, [](Trained& t) {
    return t.sparsifier.mask_gradients(threads(), t.gradients.data(), t.gradients.size());
  });
  add(list, "Sparsifier::mask_weights", computed,
      [](Trained& t) { return t.sparsifier.mask_weights(threads()); });
  add(list, "Sparsifier::mask_moments", computed, [](Trained& t) {
    const Sparsifier::Moment moment = {0, t.gradients[0]};
    return t.sparsifier.mask_moments(threads(), &moment, 1);
  });
  add(
      list, "Sparsifier::refresh", restored,
      [](Trained& t) {
        return t.sparsifier.refresh(threads(), t.masked.data(), t.masked.size(), true);
      },
      StatusCode::ok, false);  // masks that were none
  add(list, "Sparsifier::refresh of masks", refreshed, [](Trained& t) {
    return t.sparsifier.refresh(threads(), t.masked.data(), t.masked.size(), true);
  });
  add(list, "Sparsifier::resume", nothing, [](Trained& t) { return t.sparsifier.resume(t.words); });
  // The first masks go straight into the caller's memory: its contents are unspecified after.
  list.push_back(scenario(
      "Sparsifier::compute_masks",
      [](Stage& s) -> Act {
        const Made made = std::make_shared<Trained>(s);
        return [=] { return made->sparsifier.compute_masks(threads()); };
      },
      StatusCode::ok, false));
  return list;
}

}  // namespace heddle::abuse
