// What the parts of the probe share: checks, statistics, timing, the list of results.
#pragma once
#include <cuda_runtime.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

// Every call is checked: a figure after a failed call would be a guess.
#define CHECK(call)                                                                         \
  do {                                                                                      \
    cudaError_t status_ = (call);                                                           \
    if (status_ != cudaSuccess) {                                                           \
      std::fprintf(stderr, "probe: error: %s:%d: %s: %s\n", __FILE__, __LINE__, #call,      \
                   cudaGetErrorString(status_));                                            \
      std::exit(70);                                                                        \
    }                                                                                       \
  } while (0)

/// One measured constant of the testbed file.
struct Constant {
  std::string key;
  double value;
  std::string source;
};

/// One measured point of a curve; `unit` says what `value` is in.
struct Point {
  std::string measurement, series;
  double x, value;
  std::string unit;
};

struct Results {
  std::string gpu = "unknown", driver = "unknown", runtime = "unknown";
  bool isSynthetic = false;
  std::vector<Constant> constants;
  std::vector<Point> points;
  /// Series (a policy's label), problems at once, GFLOP/s.
  struct GEMMPoint {
    std::string series;
    int count;
    double gflops;
  };
  std::vector<GEMMPoint> gemms;

  void constant(const std::string& key, double value, const std::string& how) {
    constants.push_back({key, value, how});
  }
  void point(const std::string& measurement, const std::string& series, double x, double value,
             const std::string& unit) {
    points.push_back({measurement, series, x, value, unit});
  }
};

inline double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

/// Host time in microseconds.
inline double now_us() {
  using namespace std::chrono;
  return duration<double, std::micro>(steady_clock::now().time_since_epoch()).count();
}

/// A straight line through points by least squares: value = slope * x + offset.
struct Line {
  double slope = 0, offset = 0;
  Line(const std::vector<double>& x, const std::vector<double>& y) {
    double n = x.size(), sx = 0, sy = 0, sxx = 0, sxy = 0;
    for (size_t i = 0; i < x.size(); i++) {
      sx += x[i], sy += y[i], sxx += x[i] * x[i], sxy += x[i] * y[i];
    }
    double d = n * sxx - sx * sx;
    if (d != 0) slope = (n * sxy - sx * sy) / d;
    if (n > 0) offset = (sy - slope * sx) / n;
  }
};

/// The GPU-wide clock in nanoseconds; its step is 32 ns to 1 us, so single differences are coarse.
__device__ __forceinline__ uint64_t global_ns() {
  uint64_t t;
  asm volatile("mov.u64 %0, %%globaltimer;" : "=l"(t));
  return t;
}

__device__ __forceinline__ unsigned sm_id() {
  unsigned id;
  asm volatile("mov.u32 %0, %%smid;" : "=r"(id));
  return id;
}

__global__ void null_kernel() {}

/// Spins for a time on the GPU-wide clock; the first thread notes when it began and ended.
__global__ void spin_kernel(uint64_t ns, uint64_t* stamps) {
  uint64_t start = global_ns(), end = start;
  while (end - start < ns) end = global_ns();
  if (stamps && threadIdx.x == 0 && blockIdx.x == 0) {
    stamps[0] = start;
    stamps[1] = end;
  }
}

/// Median time of a piece of work between two events, in microseconds.
template <typename Work>
double event_us(int repeats, cudaStream_t stream, Work work) {
  cudaEvent_t a, b;
  CHECK(cudaEventCreate(&a));
  CHECK(cudaEventCreate(&b));
  std::vector<double> times;
  for (int i = 0; i < repeats + 2; i++) {
    CHECK(cudaEventRecord(a, stream));
    work();
    CHECK(cudaEventRecord(b, stream));
    CHECK(cudaEventSynchronize(b));
    float ms = 0;
    CHECK(cudaEventElapsedTime(&ms, a, b));
    if (i >= 2) times.push_back(ms * 1e3);
  }
  CHECK(cudaEventDestroy(a));
  CHECK(cudaEventDestroy(b));
  return median(times);
}
