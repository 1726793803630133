// heddle bench, on the CPU: every machine has one.

#include <gtest/gtest.h>

#include <string>

#include "test/host/cli/program.hpp"

namespace heddle::test {
namespace {

TEST(Bench, ChecksThenTimesOneProduct) {
  const Ran plain =
      heddle_run({"bench", "--shape", "m64n9k96:2:4:bf16", "--exec", "cpu", "--rounds", "3"});
  EXPECT_EQ(plain.exit_code, 0) << plain.err;
  EXPECT_EQ(plain.err, "");
  EXPECT_EQ(plain.out.rfind("m64n9k96:2:4:bf16:bf16:col on cpu\n", 0), 0u) << plain.out;
  EXPECT_NE(plain.out.find("576 elements of D compared"), std::string::npos) << plain.out;
  EXPECT_NE(plain.out.find("3 rounds"), std::string::npos) << plain.out;

  const auto json = heddle_run({"bench", "--shape", "m64n9k96:2:4:bf16", "--exec", "cpu",
                                "--threads", "1", "--rounds", "1", "--json"})
                        .json();
  EXPECT_EQ(json["command"], "bench");
  EXPECT_EQ(json["shape"], "m64n9k96:2:4:bf16:bf16:col");
  EXPECT_EQ(json["exec"], "cpu");
  EXPECT_EQ(json["rounds"], 1);
  EXPECT_EQ(json["checked"], 64 * 9);
  // Canonical: header 128, values 64 * 48 * 2, metadata 64 * 12; B 96 * 9 * 2, D 64 * 9 * 2.
  EXPECT_EQ(json["bytes"], 128 + 6144 + 768 + 1728 + 1152);
  const double us = json["us"];
  EXPECT_GT(us, 0);
  EXPECT_EQ(json["us_q1"], us);
  EXPECT_NEAR(json["gbytes_per_s"], json["bytes"].get<double>() / us * 1e-3, 1e-6);
  EXPECT_NEAR(json["dense_tflops"], 2.0 * 64 * 9 * 96 / us * 1e-6, 1e-9);
}

TEST(Bench, EveryTypeAndForm) {
  for (const char* shape :
       {"m64n8k64:2:4:f32", "m63n7k65:1:2:f16:f32:row", "m8n3k20:4:8:bf16:f16:col",
        "m16n5k64:2:4:f8e4m3", "m16n5k64:2:4:f8e5m2:f32:row", "m16n5k64:2:4:i8",
        "m16n5k64:2:4:i8:i8", "m16n5k64:2:4:i8:f16:row", "m1n1k1:1:4:f16:row"}) {
    const Ran run = heddle_run({"bench", "--shape", shape, "--exec", "cpu", "--rounds", "1"});
    EXPECT_EQ(run.exit_code, 0) << shape << ": " << run.err;
    EXPECT_NE(run.out.find("elements of D compared"), std::string::npos) << shape << run.out;
  }
}

TEST(Bench, Errors) {
  const struct {
    const char *shape, *code, *part;
  } bad[] = {
      {"", "invalid_argument", "must be like m4096n16k4096"},
      {"m64k64:2:4:f16", "invalid_argument", "must be like m4096n16k4096"},
      {"m64n8k64:2:4", "invalid_argument", "must be like m4096n16k4096"},
      {"m64n8k64:2:4:f16:row:f16", "invalid_argument", "must be like m4096n16k4096"},
      {"m64n8k64:2:4:f16:f16:row:more", "invalid_argument", "must be like m4096n16k4096"},
      {"m0n8k64:2:4:f16", "invalid_argument", "1 to 2^34 elements"},
      {"m999999999n1k999999999:2:4:f16", "invalid_argument", "1 to 2^34 elements"},
      {"m64n8k64:5:4:f16", "not_found", "--shape: pattern"},
      {"m64n8k64:2:4:f17", "not_found", "--shape: type = \"f17\""},
      {"m64n8k64:2:4:f16:f17", "not_found", "--shape: type = \"f17\""},
      {"m64n8k64:2:4:f16:i32", "unsupported", "d_type"},
  };
  for (const auto& b : bad) {
    const Ran run = heddle_run({"bench", "--shape", b.shape, "--exec", "cpu"});
    EXPECT_EQ(run.exit_code, 2) << b.shape;
    EXPECT_EQ(run.err.rfind(std::string("heddle: ") + b.code + ": ", 0), 0u) << run.err;
    EXPECT_NE(run.err.find(b.part), std::string::npos) << run.err;
  }
  const std::string good = "m64n8k64:2:4:f16";
  for (const char* rounds : {"0", "-1", "10001", "many"})
    EXPECT_EQ(heddle_run({"bench", "--shape", good, "--rounds", rounds}).exit_code, 2) << rounds;
  EXPECT_EQ(heddle_run({"bench", "--shape", good, "--exec", "gpu"}).exit_code, 2);
  EXPECT_EQ(heddle_run({"bench", "--shape", good, "--exec", "cpu", "--threads", "-1"}).exit_code,
            2);
  EXPECT_EQ(heddle_run({"bench"}).exit_code, 2);
  EXPECT_EQ(heddle_run({"bench", "--help"}).exit_code, 0);
}

// Without a device it says so; with one it runs.
TEST(Bench, OnCuda) {
  const Ran cuda = heddle_run({"bench", "--shape", "m64n8k64:2:4:f16", "--exec", "cuda"});
  const bool available = heddle_run({"info", "--json"}).json()["cuda"]["available"];
  if (available) {
    EXPECT_EQ(cuda.exit_code, 0) << cuda.err;
    EXPECT_NE(cuda.out.find("predicted"), std::string::npos) << cuda.out;
  } else {
    EXPECT_EQ(cuda.exit_code, 2);
    EXPECT_EQ(cuda.err.rfind("heddle: unavailable: ", 0), 0u) << cuda.err;
  }
  const Ran any = heddle_run({"bench", "--shape", "m64n8k64:2:4:f16", "--rounds", "1"});
  EXPECT_EQ(any.exit_code, 0) << any.err;
  EXPECT_NE(any.out.find(available ? "on cuda" : "on cpu"), std::string::npos) << any.out;
}

}  // namespace
}  // namespace heddle::test
