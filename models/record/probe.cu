// Measures on one GPU what no profiler tells, and writes it as a testbed and as points.
//
//   nvcc -O2 -std=c++17 -o probe probe.cu                              (products by a kernel of ours)
//   nvcc -O2 -std=c++17 -DWITH_CUBLAS -o probe probe.cu -lcublas       (products by cuBLAS)
//   ./probe --name my-card --out results        and, with an MPS daemon running, --mps
//
// results/testbed.json    gpuloom.testbed/1: every constant, measured or said to be assumed
// results/points.csv      measurement,series,x,value,unit: the curves behind and beside them
// results/gemm.csv        gpuloom.points/1: the paper's Fig. 7 on this card
//
// --dry-run writes the same files from made-up figures, marked as synthetic, without a GPU.
// This program has been compiled but has not met hardware yet: see README.md.
#include "probe_common.cuh"
#include "probe_device.cuh"
#include "probe_stack.cuh"

#include <sys/stat.h>

/// The testbed's keys in order, with what is written where a run does not measure them: the values
/// and reasons of the testbed 'modern'.
struct Default {
  const char* key;
  double value;
  const char* why;
};
static const Default defaults[] = {
    {"launch_cpu_us", 3, "as 'modern'"},
    {"launch_lock_us", 2, "as 'modern'"},
    {"launch_gap_us", 1.3, "as 'modern'"},
    {"completion_sync_us", 8, "as 'modern'"},
    {"request_cpu_us", 10, "queueing and input checks of an inference server, no matter of the card"},
    {"time_slice_us", 2000, "as 'modern'"},
    {"switch_busy_us", 150, "as 'modern'"},
    {"switch_idle_us", 20, "as 'modern'"},
    {"idle_yield_us", 5, "the probe does not see it"},
    {"copy_latency_us", 10, "as 'modern'"},
    {"super_kernel_fixed_us", 5, "as 'modern'"},
    {"super_kernel_per_problem_us", 0.1, "as 'modern'"},
    {"super_kernel_cold_us", 20, "choosing a combination not seen before, a matter of the server"},
    {"mps_delay_slope_us", 4.75, "as 'modern': the probe ran without --mps"},
    {"mps_delay_offset_us", -9.02, "as 'modern': the probe ran without --mps"},
    {"context_mib", 400, "as 'modern'"},
    {"replica_mib", 100, "workspace of the runtime, a matter of the server"},
    {"hardware_queues", 8, "default of CUDA_DEVICE_MAX_CONNECTIONS"},
    {"pcie_gb_per_s", 12.3, "as 'modern'"},
    {"super_kernel_time_factor", 1, "fit it to gemm.csv"},
    {"variable_size_time_factor", 1.1, "uneven tiles cost a tenth"},
};

/// Text as a JSON string holds it.
static std::string escaped(const std::string& text) {
  std::string result;
  for (char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    if (static_cast<unsigned char>(c) >= 0x20) result += c;
  }
  return result;
}

/// A field of a CSV row.
static std::string field(const std::string& text) {
  return text.find(',') == std::string::npos ? text : "\"" + text + "\"";
}

static FILE* open_file(const std::string& path) {
  FILE* file = std::fopen(path.c_str(), "w");
  if (!file) {
    std::fprintf(stderr, "probe: error: cannot write %s\n", path.c_str());
    std::exit(70);
  }
  return file;
}

static void write_testbed(const Results& r, const std::string& name, const std::string& path) {
  std::string numbers, sources;
  for (const Default& d : defaults) {
    double value = d.value;
    std::string source = std::string("assumed: ") + d.why;
    for (const Constant& c : r.constants) {
      if (c.key != d.key) continue;
      value = std::round(c.value * 1000) / 1000;
      source = r.isSynthetic ? "assumed: SYNTHETIC, a dry run of the probe, nothing was measured"
                             : c.source + "; " + r.gpu + ", driver " + r.driver + ", runtime " +
                                   r.runtime;
    }
    char number[64];
    std::snprintf(number, sizeof number, "%.10g", value);
    numbers += std::string("  \"") + d.key + "\": " + number + ",\n";
    sources += std::string(sources.empty() ? "" : ",\n") + "    \"" + d.key + "\": \"" +
               escaped(source) + "\"";
  }
  FILE* file = open_file(path);
  std::fprintf(file, "{\n  \"format\": \"gpuloom.testbed/1\",\n  \"name\": \"%s\",\n%s",
               escaped(name).c_str(), numbers.c_str());
  std::fprintf(file, "  \"sources\": {\n%s\n  }\n}\n", sources.c_str());
  std::fclose(file);
}

static void write_points(const Results& r, const std::string& path) {
  FILE* file = open_file(path);
  std::fprintf(file, "measurement,series,x,value,unit\n");
  for (const Point& p : r.points) {
    std::fprintf(file, "%s,%s,%.10g,%.6g,%s\n", p.measurement.c_str(), field(p.series).c_str(), p.x,
                 p.value, p.unit.c_str());
  }
  std::fclose(file);
}

static void write_gemms(const Results& r, const std::string& path) {
  FILE* file = open_file(path);
  std::fprintf(file,
               "# format: gpuloom.points/1\n"
               "# title: Throughput of R equal SGEMMs (256x128x1152)\n# x: burst\n"
               "# x_label: kernels at once\n# y: gflops\n# y_label: GFLOP/s\n"
               "# source: %s%s, driver %s, runtime %s\n"
               "figure,series,x,simulated,published\n",
               r.isSynthetic ? "SYNTHETIC, a dry run: " : "measured on ", r.gpu.c_str(),
               r.driver.c_str(), r.runtime.c_str());
  for (auto& g : r.gemms) {
    std::fprintf(file, "fig7,%s,%d,,%.4g\n", field(g.series).c_str(), g.count, g.gflops);
  }
  std::fclose(file);
}

/// Made-up figures of the right shape, for trying readers where there is no GPU.
static void pretend(Results& r) {
  r.isSynthetic = true;
  r.gpu = "no GPU (synthetic)", r.driver = "none", r.runtime = "none";
  for (const Default& d : defaults) {
    if (!std::strstr(d.why, "as 'modern'") || std::strstr(d.key, "mps")) continue;
    r.constant(d.key, d.value * 1.25, "synthetic");
  }
  for (int n = 1; n <= 8; n++) r.point("sm_time", "256 threads", n, 1 + 0.5 * (n - 1), "x alone");
  for (int n = 1; n <= 8; n++) r.point("dram_alone", "by eighths of the SMs", n, 100.0 * n, "GB/s");
  const char* series[] = {"time-only", "space-only(mechanism=streams)",
                          "space-time(window_us=0,evict_stragglers=false)"};
  for (int s = 0; s < 3; s++) {
    for (int n = 1; n <= 120; n += 17) {
      r.gemms.push_back({series[s], n, 600.0 * (1 + s * (1 - std::exp(-n / 20.0)))});
    }
  }
}

static void measure(Results& r, const std::string& program, bool usesMPS) {
  cudaDeviceProp gpu;
  int driver = 0, runtime = 0;
  CHECK(cudaGetDeviceProperties(&gpu, 0));
  CHECK(cudaDriverGetVersion(&driver));
  CHECK(cudaRuntimeGetVersion(&runtime));
  r.gpu = gpu.name;
  r.driver = "for CUDA " + std::to_string(driver / 1000) + "." + std::to_string(driver % 1000 / 10);
  r.runtime = std::to_string(runtime / 1000) + "." + std::to_string(runtime % 1000 / 10);
  // The card must not clock down between parts: each part warms up by itself, in this order.
  struct {
    const char* what;
    void (*run)(Results&, const cudaDeviceProp&, const std::string&);
  } parts[] = {
      {"launches", [](Results& r, const cudaDeviceProp&, const std::string&) { probe_launches(r); }},
      {"stream", [](Results& r, const cudaDeviceProp&, const std::string&) { probe_stream(r); }},
      {"copies", [](Results& r, const cudaDeviceProp&, const std::string&) { probe_copies(r); }},
      {"super-kernels",
       [](Results& r, const cudaDeviceProp&, const std::string&) { probe_super_kernel(r); }},
      {"SM", [](Results& r, const cudaDeviceProp& g, const std::string&) { probe_sm(r, g); }},
      {"DRAM", [](Results& r, const cudaDeviceProp& g, const std::string&) { probe_dram(r, g); }},
      {"placement",
       [](Results& r, const cudaDeviceProp& g, const std::string&) { probe_placement(r, g); }},
      {"products", [](Results& r, const cudaDeviceProp&, const std::string&) { probe_gemm(r); }},
      {"context", [](Results& r, const cudaDeviceProp&,
                     const std::string& program) { probe_context(r, program); }},
  };
  for (auto& part : parts) {
    std::fprintf(stderr, "probe: %s\n", part.what);
    part.run(r, gpu, program);
  }
  if (usesMPS) {
    std::fprintf(stderr, "probe: MPS\n");
    probe_mps(r, program);
  } else {
    // Under MPS processes run side by side and take no turns.
    std::fprintf(stderr, "probe: time slices\n");
    probe_slices(r, program);
  }
}

int main(int count, char** words) {
  std::string name = "probed", folder = "results";
  bool isDry = false, usesMPS = false;
  for (int i = 1; i < count; i++) {
    std::string word = words[i];
    bool hasValue = i + 1 < count;
    if (word == "--child-slices" && hasValue) return child_slices(std::string(words[i + 1]) == "full"), 0;
    if (word == "--child-context") return child_context(), 0;
    if (word == "--child-gaps") return child_gaps(), 0;
    if (word == "--child-sms") return std::printf("%d\n", usable_sms()), 0;
    if (word == "--name" && hasValue) name = words[++i];
    else if (word == "--out" && hasValue) folder = words[++i];
    else if (word == "--mps") usesMPS = true;
    else if (word == "--dry-run") isDry = true;
    else {
      std::fprintf(stderr, "usage: probe [--name NAME] [--out FOLDER] [--mps] [--dry-run]\n");
      return 64;
    }
  }
  Results results;
  if (isDry) {
    pretend(results);
  } else {
    measure(results, words[0], usesMPS);
  }
  mkdir(folder.c_str(), 0777);
  write_testbed(results, name, folder + "/testbed.json");
  write_points(results, folder + "/points.csv");
  write_gemms(results, folder + "/gemm.csv");
  std::fprintf(stderr, "probe: wrote %s/testbed.json, points.csv and gemm.csv\n", folder.c_str());
  return 0;
}
