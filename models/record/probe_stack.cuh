// The software stack: launches, gaps, synchronisation, copies, contexts, time slices, MPS.
#pragma once
#include "probe_common.cuh"

/// Host time of a launch, alone and with several threads on one context; what threads cannot do
/// at once is the submission lock.
inline void probe_launches(Results& out) {
  auto period = [](int threads) {
    const int launches = 400, rounds = 60;
    std::vector<double> totals;
    for (int round = 0; round < rounds; round++) {
      std::vector<std::thread> team;
      std::atomic<int> ready{0};
      std::atomic<bool> isOpen{false};
      CHECK(cudaDeviceSynchronize());
      for (int t = 0; t < threads; t++) {
        team.emplace_back([&] {
          // Threads and streams are there before the clock starts.
          cudaStream_t stream;
          CHECK(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
          ready++;
          while (!isOpen) std::this_thread::yield();
          for (int i = 0; i < launches; i++) null_kernel<<<1, 32, 0, stream>>>();
          CHECK(cudaGetLastError());
          CHECK(cudaStreamSynchronize(stream));
          ready--;
          while (isOpen) std::this_thread::yield();
          CHECK(cudaStreamDestroy(stream));
        });
      }
      while (ready < threads) std::this_thread::yield();
      double start = now_us();
      isOpen = true;
      while (ready > 0) std::this_thread::yield();
      totals.push_back((now_us() - start) / (threads * launches));
      isOpen = false;
      for (auto& thread : team) thread.join();
    }
    return median(totals);
  };
  // The queue takes about a thousand launches: short bursts are never held up by the GPU.
  cudaStream_t stream;
  CHECK(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
  std::vector<double> calls;
  for (int round = 0; round < 300; round++) {
    CHECK(cudaStreamSynchronize(stream));
    double start = now_us();
    for (int i = 0; i < 64; i++) null_kernel<<<1, 32, 0, stream>>>();
    calls.push_back((now_us() - start) / 64);
  }
  CHECK(cudaStreamDestroy(stream));
  double alone = median(calls), shared = 1e9;
  for (int threads : {1, 2, 4, 8, 16}) {
    double p = period(threads);
    out.point("launch_period", "one context", threads, p, "us");
    if (threads >= 4) shared = std::min(shared, p);
  }
  double lock = std::min(shared, alone);
  out.constant("launch_lock_us", lock,
               "measured: time per launch of 4 to 16 threads on one context, the shortest");
  out.constant("launch_cpu_us", std::max(0.0, alone - lock),
               "measured: host time of a launch, median of bursts of 64, less the lock");
}

/// From one kernel's end to the start of the next in its stream.
inline double in_stream_gap_us(int kernels) {
  uint64_t* stamps;
  CHECK(cudaMalloc(&stamps, sizeof(uint64_t) * 2 * kernels));
  for (int i = 0; i < kernels; i++) spin_kernel<<<1, 32>>>(12000, stamps + 2 * i);
  CHECK(cudaDeviceSynchronize());
  std::vector<uint64_t> host(2 * kernels);
  CHECK(cudaMemcpy(host.data(), stamps, host.size() * sizeof(uint64_t), cudaMemcpyDeviceToHost));
  CHECK(cudaFree(stamps));
  double sum = 0;
  int counted = 0;
  // The clock's step is lost in the mean; the first launches wait for the host.
  for (int i = kernels / 4; i + 1 < kernels; i++, counted++) {
    sum += double(host[2 * i + 2]) - double(host[2 * i + 1]);
  }
  return counted ? sum / counted / 1e3 : 0;
}

inline void probe_stream(Results& out) {
  in_stream_gap_us(400);
  double gap = in_stream_gap_us(4000);
  out.constant("launch_gap_us", gap,
               "measured: end of a kernel to the start of its successor in the stream, mean of "
               "3000 on the GPU's clock");
  std::vector<double> trips;
  for (int i = 0; i < 2000; i++) {
    double start = now_us();
    null_kernel<<<1, 32>>>();
    CHECK(cudaStreamSynchronize(0));
    trips.push_back(now_us() - start);
  }
  double launch = 0;
  for (auto& c : out.constants) {
    if (c.key == "launch_cpu_us" || c.key == "launch_lock_us") launch += c.value;
  }
  out.constant("completion_sync_us", std::max(0.0, median(trips) - launch - gap),
               "measured: round trip of an empty kernel, less the launch and the gap");
}

inline void probe_copies(Results& out) {
  const size_t large = 64 << 20;
  void *device, *host;
  CHECK(cudaMalloc(&device, large));
  CHECK(cudaMallocHost(&host, large));
  auto copy = [&](size_t bytes) {
    return event_us(50, 0, [&] {
      CHECK(cudaMemcpyAsync(device, host, bytes, cudaMemcpyHostToDevice, 0));
    });
  };
  for (size_t bytes = 4; bytes <= large; bytes *= 8) {
    out.point("copy", "host to device", double(bytes), copy(bytes), "us");
  }
  double small = copy(4), big = copy(large);
  out.constant("copy_latency_us", small, "measured: 4 bytes from pinned memory, between events");
  out.constant("pcie_gb_per_s", large / std::max(1.0, big - small) / 1e3,
               "measured: 64 MiB from pinned memory to the device");
  CHECK(cudaFree(device));
  CHECK(cudaFreeHost(host));
}

/// Host time of preparing one batched launch: an array of three pointers a problem goes first.
inline void probe_super_kernel(Results& out) {
  const int most = 256;
  void *device, *host;
  CHECK(cudaMalloc(&device, most * 24));
  CHECK(cudaMallocHost(&host, most * 24));
  std::vector<double> counts, times;
  for (int problems : {1, 8, 32, 64, 128, 256}) {
    std::vector<double> rounds;
    for (int i = 0; i < 400; i++) {
      CHECK(cudaStreamSynchronize(0));
      double start = now_us();
      auto pointers = static_cast<void**>(host);
      for (int p = 0; p < 3 * problems; p++) pointers[p] = static_cast<char*>(device) + p;
      CHECK(cudaMemcpyAsync(device, host, problems * 24, cudaMemcpyHostToDevice, 0));
      null_kernel<<<1, 32>>>();
      rounds.push_back(now_us() - start);
    }
    counts.push_back(problems), times.push_back(median(rounds));
    out.point("super_kernel_host", "pointers", problems, times.back(), "us");
  }
  Line line(counts, times);
  double launch = 0;
  for (auto& c : out.constants) {
    if (c.key == "launch_cpu_us" || c.key == "launch_lock_us") launch += c.value;
  }
  out.constant("super_kernel_fixed_us", std::max(0.0, line.offset - launch),
               "measured: gathering and copying pointers and one launch, less the launch");
  out.constant("super_kernel_per_problem_us", std::max(0.0, line.slope),
               "measured: slope over 1 to 256 problems of three pointers");
  CHECK(cudaFree(device));
  CHECK(cudaFreeHost(host));
}

// --- several processes: each is this program again, started as a shell would ---

/// A child's whole output, one line each.
inline std::vector<std::string> lines_of(FILE* pipe) {
  std::vector<std::string> lines;
  char buffer[256];
  while (std::fgets(buffer, sizeof buffer, pipe)) lines.push_back(buffer);
  return lines;
}

inline std::vector<std::vector<std::string>> run_children(const std::string& program,
                                                          const std::string& arguments, int count,
                                                          const std::string& before = "") {
  std::vector<FILE*> pipes;
  for (int i = 0; i < count; i++) {
    pipes.push_back(popen((before + "'" + program + "' " + arguments).c_str(), "r"));
  }
  std::vector<std::vector<std::string>> all;
  for (FILE* pipe : pipes) {
    all.push_back(pipe ? lines_of(pipe) : std::vector<std::string>());
    if (pipe && pclose(pipe) != 0) all.back().clear();
  }
  return all;
}

/// Holds the GPU and notes every time it was taken away: the thread's own clock reads jump.
__global__ void slice_kernel(uint64_t until, uint64_t* stamps, int most, int* count) {
  // Never written, but the compiler cannot know: the shared memory stays part of the state.
  extern __shared__ char state[];
  if (until == 0) state[threadIdx.x] = 1;
  uint64_t last = global_ns();
  int found = 0;
  while (last < until) {
    uint64_t t = global_ns();
    if (blockIdx.x == 0 && threadIdx.x == 0 && t - last > 10000 && found < most) {
      stamps[2 * found] = last;
      stamps[2 * found + 1] = t;
      found++;
    }
    last = t;
  }
  if (blockIdx.x == 0 && threadIdx.x == 0) *count = found;
}

/// A child of `probe_slices`: prints when it lost and regained the GPU.
inline void child_slices(bool isFull) {
  cudaDeviceProp properties;
  CHECK(cudaGetDeviceProperties(&properties, 0));
  const int most = 4096;
  uint64_t* stamps;
  int* count;
  CHECK(cudaMalloc(&stamps, most * 16));
  CHECK(cudaMallocManaged(&count, sizeof(int)));
  uint64_t* start;
  CHECK(cudaMallocManaged(&start, 16));
  spin_kernel<<<1, 32>>>(0, start);
  CHECK(cudaDeviceSynchronize());
  int blocks = isFull ? properties.multiProcessorCount : 1;
  int threads = isFull ? 1024 : 32;
  slice_kernel<<<blocks, threads, isFull ? 40 << 10 : 16>>>(start[1] + 1500000000ull, stamps, most,
                                                           count);
  CHECK(cudaDeviceSynchronize());
  std::vector<uint64_t> host(2 * most);
  CHECK(cudaMemcpy(host.data(), stamps, most * 16, cudaMemcpyDeviceToHost));
  for (int i = 0; i < *count; i++) {
    std::printf("%llu %llu\n", (unsigned long long)host[2 * i],
                (unsigned long long)host[2 * i + 1]);
  }
}

/// How long a context keeps the GPU, and what lies between two that alternate.
inline void probe_slices(Results& out, const std::string& program) {
  for (bool isFull : {true, false}) {
    auto outputs = run_children(program, isFull ? "--child-slices full" : "--child-slices one", 2);
    struct Away {
      uint64_t from, to;
    };
    std::vector<std::vector<Away>> away(2);
    for (int child = 0; child < 2; child++) {
      for (auto& line : outputs[child]) {
        unsigned long long from, to;
        if (std::sscanf(line.c_str(), "%llu %llu", &from, &to) == 2) away[child].push_back({from, to});
      }
    }
    std::vector<double> slices, switches;
    for (int child = 0; child < 2; child++) {
      for (size_t i = 0; i + 1 < away[child].size(); i++) {
        slices.push_back((away[child][i + 1].from - away[child][i].to) / 1e3);
      }
      // What one lost until the other regained.
      for (auto& mine : away[child]) {
        for (auto& other : away[1 - child]) {
          if (other.to > mine.from && other.to - mine.from < 1000000) {
            switches.push_back((other.to - mine.from) / 1e3);
            break;
          }
        }
      }
    }
    if (slices.size() < 8 || switches.size() < 8) {
      std::fprintf(stderr, "probe: note: two processes did not take turns; no slice measured\n");
      return;
    }
    if (isFull) {
      out.constant("time_slice_us", median(slices),
                   "measured: how long each of two busy processes kept the GPU, median");
      out.constant("switch_busy_us", median(switches),
                   "measured: one process stopped to the other going on, 1024 threads and 40 KiB "
                   "on every SM, median");
    } else {
      out.constant("switch_idle_us", median(switches),
                   "measured: one process stopped to the other going on, one warp each, median");
    }
  }
}

/// A child that does nothing but hold a context until its input ends.
inline void child_context() {
  CHECK(cudaFree(nullptr));
  null_kernel<<<1, 32>>>();
  CHECK(cudaDeviceSynchronize());
  std::printf("ready\n");
  std::fflush(stdout);
  std::this_thread::sleep_for(std::chrono::seconds(3));
}

inline void probe_context(Results& out, const std::string& program) {
  size_t before, during, total;
  CHECK(cudaMemGetInfo(&before, &total));
  FILE* pipe = popen(("'" + program + "' --child-context").c_str(), "r");
  char line[64];
  bool isReady = pipe && std::fgets(line, sizeof line, pipe);
  CHECK(cudaMemGetInfo(&during, &total));
  if (pipe) pclose(pipe);
  if (!isReady || during >= before) return;
  out.constant("context_mib", (before - during) / 1048576.0,
               "measured: device memory a process takes with a context and one empty kernel");
}

/// A child of `probe_mps`: its mean in-stream gap while the others run.
inline void child_gaps() {
  in_stream_gap_us(200);
  std::printf("%.6f\n", in_stream_gap_us(40000));
}

__global__ void mark_sm(unsigned* seen) {
  uint64_t start = global_ns();
  while (global_ns() - start < 200000) {
  }
  if (threadIdx.x == 0) atomicAdd(&seen[sm_id()], 1u);
}

/// The SMs a process may use, by where its blocks land.
inline int usable_sms() {
  unsigned* seen;
  CHECK(cudaMallocManaged(&seen, 4096 * sizeof(unsigned)));
  std::memset(seen, 0, 4096 * sizeof(unsigned));
  mark_sm<<<4096, 256>>>(seen);
  CHECK(cudaDeviceSynchronize());
  int count = 0;
  for (int i = 0; i < 4096; i++) count += seen[i] > 0;
  CHECK(cudaFree(seen));
  return count;
}

/// What MPS adds to each kernel with n clients, and the SMs a cap leaves. Needs a running MPS
/// control daemon, which only the user can start.
inline void probe_mps(Results& out, const std::string& program) {
  std::vector<double> clients, delays;
  double alone = 0;
  for (int n = 1; n <= 8; n++) {
    std::vector<double> gaps;
    for (auto& lines : run_children(program, "--child-gaps", n)) {
      if (!lines.empty()) gaps.push_back(std::atof(lines[0].c_str()));
    }
    if (gaps.empty()) continue;
    double gap = median(gaps);
    out.point("mps_gap", "clients", n, gap, "us");
    if (n == 1) alone = gap;
    if (n >= 2) clients.push_back(n), delays.push_back(gap - alone);
  }
  if (clients.size() >= 3) {
    Line line(clients, delays);
    out.constant("mps_delay_slope_us", std::max(0.0, line.slope),
                 "measured: gap in a stream over that of one client, fitted over 2 to 8 clients");
    out.constant("mps_delay_offset_us", line.offset,
                 "measured: gap in a stream over that of one client, fitted over 2 to 8 clients");
  }
  for (int percent = 10; percent <= 100; percent += 10) {
    auto lines = run_children(program, "--child-sms", 1,
                              "CUDA_MPS_ACTIVE_THREAD_PERCENTAGE=" + std::to_string(percent) + " ");
    if (!lines[0].empty()) {
      out.point("mps_cap", "usable SMs", percent, std::atof(lines[0][0].c_str()), "SMs");
    }
  }
}
