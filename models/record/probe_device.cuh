// The device: sharing inside an SM, DRAM shared by two kernels, where blocks land, GEMMs batched
// against separate ones.
#pragma once
#include "probe_common.cuh"
#ifdef WITH_CUBLAS
#include <cublas_v2.h>
#endif

/// Fused multiply-adds that depend on themselves in four chains, so that a warp is neither stuck
/// on latency nor able to fill an SM alone.
__global__ void fma_kernel(int rounds, float* sink) {
  float a = threadIdx.x, b = a + 1, c = a + 2, d = a + 3;
  for (int i = 0; i < rounds; i++) {
    a = a * 1.0001f + 0.5f, b = b * 1.0001f + 0.5f;
    c = c * 1.0001f + 0.5f, d = d * 1.0001f + 0.5f;
  }
  if (a + b + c + d == 12345.678f) *sink = a;  // never; keeps the loop
}

/// What k equal blocks on every SM take against one: T(k), for several block sizes; and a warp's
/// share of an SM's issue slots.
inline void probe_sm(Results& out, const cudaDeviceProp& gpu) {
  float* sink;
  CHECK(cudaMalloc(&sink, sizeof(float)));
  const int rounds = 60000;
  for (int threads : {32, 64, 128, 256, 512, 1024}) {
    int blocks = 0;
    CHECK(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, fma_kernel, threads, 0));
    double one = 0;
    for (int k = 1; k <= std::min(blocks, 16); k++) {
      double time = event_us(5, 0, [&] {
        fma_kernel<<<k * gpu.multiProcessorCount, threads>>>(rounds, sink);
      });
      if (k == 1) one = time;
      out.point("sm_time", std::to_string(threads) + " threads", k, time / one, "x alone");
      double flop = 8.0 * rounds * threads * k * gpu.multiProcessorCount;
      out.point("sm_rate", std::to_string(threads) + " threads", k * threads / 32.0,
                flop / time / 1e6, "TFLOP/s");
    }
  }
  // Two kernels on the same SMs: what each takes while the other runs beside it.
  cudaStream_t a, b;
  CHECK(cudaStreamCreateWithFlags(&a, cudaStreamNonBlocking));
  CHECK(cudaStreamCreateWithFlags(&b, cudaStreamNonBlocking));
  for (int threads : {64, 128, 256, 512}) {
    double alone = event_us(5, a, [&] {
      fma_kernel<<<gpu.multiProcessorCount, 256, 0, a>>>(rounds, sink);
    });
    std::vector<double> beside;
    for (int i = 0; i < 5; i++) {
      fma_kernel<<<gpu.multiProcessorCount, threads, 0, b>>>(8 * rounds, sink);
      beside.push_back(event_us(1, a, [&] {
        fma_kernel<<<gpu.multiProcessorCount, 256, 0, a>>>(rounds, sink);
      }));
      CHECK(cudaStreamSynchronize(b));
    }
    out.point("sm_neighbour", "256 threads beside", threads, median(beside) / alone, "x alone");
  }
  CHECK(cudaStreamDestroy(a));
  CHECK(cudaStreamDestroy(b));
  CHECK(cudaFree(sink));
}

/// Reads memory in 16-byte steps until a time is over; adds up the bytes it read.
__global__ void stream_kernel(const float4* data, size_t count, uint64_t ns,
                              unsigned long long* bytes) {
  uint64_t start = global_ns();
  size_t at = blockIdx.x * size_t(blockDim.x) + threadIdx.x;
  const size_t step = size_t(gridDim.x) * blockDim.x;
  float sum = 0;
  unsigned long long read = 0;
  while (global_ns() - start < ns) {
    for (int i = 0; i < 16; i++) {
      float4 v = __ldcs(&data[at]);
      sum += v.x + v.y + v.z + v.w;
      at += step;
      if (at >= count) at -= count;
      read += 16;
    }
  }
  if (sum == 12345.678f) read = 0;
  atomicAdd(bytes, read);
}

/// DRAM bandwidth of blocks alone and beside those of another kernel.
inline void probe_dram(Results& out, const cudaDeviceProp& gpu) {
  size_t free, total;
  CHECK(cudaMemGetInfo(&free, &total));
  // Beyond any L2, and a part of the memory that is surely free.
  size_t bytes = std::min<size_t>(free / 2, 2ull << 30) & ~size_t(1023);
  float4* data;
  unsigned long long* read;
  CHECK(cudaMalloc(&data, bytes));
  CHECK(cudaMemset(data, 0, bytes));
  CHECK(cudaMallocManaged(&read, 2 * sizeof *read));
  cudaStream_t a, b;
  CHECK(cudaStreamCreateWithFlags(&a, cudaStreamNonBlocking));
  CHECK(cudaStreamCreateWithFlags(&b, cudaStreamNonBlocking));
  const uint64_t ns = 20000000;
  const size_t count = bytes / 16;
  auto rate = [&](int blocksA, int threadsA, int blocksB, int threadsB) {
    read[0] = read[1] = 0;
    if (blocksA) stream_kernel<<<blocksA, threadsA, 0, a>>>(data, count, ns, read);
    if (blocksB) stream_kernel<<<blocksB, threadsB, 0, b>>>(data, count, ns, read + 1);
    CHECK(cudaDeviceSynchronize());
    return std::pair<double, double>(double(read[0]) / ns, double(read[1]) / ns);
  };
  const int sms = gpu.multiProcessorCount;
  for (int warps : {1, 2, 4, 8, 16, 32}) {
    out.point("dram_alone", "every SM, by warps", warps, rate(sms, 32 * warps, 0, 0).first, "GB/s");
  }
  for (int part = 1; part <= 8; part++) {
    int blocks = std::max(1, sms * part / 8);
    double alone = rate(blocks, 1024, 0, 0).first;
    out.point("dram_alone", "by eighths of the SMs", part, alone, "GB/s");
    if (part == 8) continue;
    auto both = rate(blocks, 1024, sms - blocks, 1024);
    out.point("dram_shared", "first, by eighths of the SMs", part, both.first, "GB/s");
    out.point("dram_shared", "second, the other SMs", part, both.second, "GB/s");
  }
  CHECK(cudaStreamDestroy(a));
  CHECK(cudaStreamDestroy(b));
  CHECK(cudaFree(data));
  CHECK(cudaFree(read));
}

/// Notes the SM of each block and stays there.
__global__ void place_kernel(uint64_t ns, int* sms) {
  uint64_t start = global_ns();
  if (threadIdx.x == 0) sms[blockIdx.x] = int(sm_id());
  while (global_ns() - start < ns) {
  }
}

/// Where blocks land on an idle GPU, and beside a kernel that fills half of every second SM.
inline void probe_placement(Results& out, const cudaDeviceProp& gpu) {
  const int sms = gpu.multiProcessorCount;
  int* where;
  CHECK(cudaMallocManaged(&where, 16 * sms * sizeof(int)));
  cudaStream_t a, b;
  CHECK(cudaStreamCreateWithFlags(&a, cudaStreamNonBlocking));
  CHECK(cudaStreamCreateWithFlags(&b, cudaStreamNonBlocking));
  auto spread = [&](int blocks, int* placed, const char* series) {
    std::vector<int> perSM(4096, 0);
    for (int i = 0; i < blocks; i++) perSM[placed[i]]++;
    int used = 0, most = 0;
    for (int n : perSM) used += n > 0, most = std::max(most, n);
    out.point("placement_sms_used", series, blocks, used, "SMs");
    out.point("placement_most_on_one", series, blocks, most, "blocks");
  };
  for (int eighths : {2, 4, 8, 12, 16, 24, 32}) {
    int blocks = std::max(1, sms * eighths / 8);
    place_kernel<<<blocks, 256, 0, a>>>(2000000, where);
    CHECK(cudaDeviceSynchronize());
    spread(blocks, where, "idle GPU");
  }
  // Half as many large blocks as SMs first; then small ones: do they keep away?
  int large = sms / 2, small = sms / 2;
  place_kernel<<<large, 1024, 0, a>>>(4000000, where);
  place_kernel<<<small, 256, 0, b>>>(500000, where + sms);
  CHECK(cudaDeviceSynchronize());
  int together = 0;
  for (int i = 0; i < small; i++) {
    for (int j = 0; j < large; j++) together += where[sms + i] == where[j];
  }
  out.point("placement_together", "small blocks beside large ones", small, together, "blocks");
  CHECK(cudaStreamDestroy(a));
  CHECK(cudaStreamDestroy(b));
  CHECK(cudaFree(where));
}

// --- Fig. 7 of Jain et al.: R equal products, one after the other, in streams, and batched ---

/// C = A * B by tiles of 64 x 64, 256 threads, 4 x 4 results each; one problem for each block of z.
__global__ void sgemm_kernel(int m, int n, int k, float* const* as, float* const* bs,
                             float* const* cs) {
  __shared__ float left[16][64], right[16][64];
  const float *a = as[blockIdx.z], *b = bs[blockIdx.z];
  const int row = blockIdx.y * 64, column = blockIdx.x * 64;
  const int tx = threadIdx.x % 16, ty = threadIdx.x / 16;
  float sum[4][4] = {};
  for (int step = 0; step < k; step += 16) {
    for (int i = threadIdx.x; i < 16 * 64; i += 256) {
      int r = i / 16, d = i % 16;
      left[d][r] = row + r < m && step + d < k ? a[size_t(row + r) * k + step + d] : 0;
      int e = i / 64, c = i % 64;
      right[e][c] = column + c < n && step + e < k ? b[size_t(step + e) * n + column + c] : 0;
    }
    __syncthreads();
    for (int d = 0; d < 16; d++) {
      for (int i = 0; i < 4; i++) {
        for (int j = 0; j < 4; j++) sum[i][j] += left[d][ty * 4 + i] * right[d][tx * 4 + j];
      }
    }
    __syncthreads();
  }
  for (int i = 0; i < 4; i++) {
    for (int j = 0; j < 4; j++) {
      int r = row + ty * 4 + i, c = column + tx * 4 + j;
      if (r < m && c < n) cs[blockIdx.z][size_t(r) * n + c] = sum[i][j];
    }
  }
}

/// Products of one shape on the device, and how to run them.
struct Products {
  int m, n, k, most;
  float** pointers;  // device: a, b, c of every problem
  std::vector<float*> host;
  std::vector<cudaStream_t> streams;
#ifdef WITH_CUBLAS
  cublasHandle_t handle;
#endif

  Products(int m, int n, int k, int most) : m(m), n(n), k(k), most(most), host(3 * most) {
    for (int i = 0; i < most; i++) {
      CHECK(cudaMalloc(&host[i], sizeof(float) * m * k));
      CHECK(cudaMalloc(&host[most + i], sizeof(float) * k * n));
      CHECK(cudaMalloc(&host[2 * most + i], sizeof(float) * m * n));
      CHECK(cudaMemset(host[i], 0, sizeof(float) * m * k));
      CHECK(cudaMemset(host[most + i], 0, sizeof(float) * k * n));
    }
    CHECK(cudaMalloc(&pointers, sizeof(float*) * 3 * most));
    CHECK(cudaMemcpy(pointers, host.data(), sizeof(float*) * 3 * most, cudaMemcpyHostToDevice));
    for (int i = 0; i < most; i++) {
      cudaStream_t stream;
      CHECK(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
      streams.push_back(stream);
    }
#ifdef WITH_CUBLAS
    if (cublasCreate(&handle) != CUBLAS_STATUS_SUCCESS) std::exit(70);
#endif
  }

  void one(int i, cudaStream_t stream) {
#ifdef WITH_CUBLAS
    const float alpha = 1, beta = 0;
    cublasSetStream(handle, stream);
    cublasSgemm(handle, CUBLAS_OP_N, CUBLAS_OP_N, n, m, k, &alpha, host[most + i], n, host[i], k,
                &beta, host[2 * most + i], n);
#else
    dim3 grid((n + 63) / 64, (m + 63) / 64, 1);
    sgemm_kernel<<<grid, 256, 0, stream>>>(m, n, k, pointers + i, pointers + most + i,
                                           pointers + 2 * most + i);
#endif
  }

  void batched(int count) {
#ifdef WITH_CUBLAS
    const float alpha = 1, beta = 0;
    cublasSetStream(handle, 0);
    cublasSgemmBatched(handle, CUBLAS_OP_N, CUBLAS_OP_N, n, m, k, &alpha,
                       (const float* const*)(pointers + most), n, (const float* const*)pointers, k,
                       &beta, pointers + 2 * most, n, count);
#else
    dim3 grid((n + 63) / 64, (m + 63) / 64, count);
    sgemm_kernel<<<grid, 256>>>(m, n, k, pointers, pointers + most, pointers + 2 * most);
#endif
  }
};

/// Throughput of R products of conv2_2's shape, the figure's three curves without its processes.
inline void probe_gemm(Results& out) {
  Products products(256, 128, 1152, 120);
  const double gflop = 2.0 * 256 * 128 * 1152 / 1e9;
  auto measure = [&](int count, const char* series, auto work) {
    std::vector<double> times;
    for (int i = 0; i < 12; i++) {
      CHECK(cudaDeviceSynchronize());
      double start = now_us();
      work();
      CHECK(cudaDeviceSynchronize());
      if (i >= 2) times.push_back(now_us() - start);
    }
    out.gemms.push_back({series, count, gflop * count / median(times) * 1e6});
  };
  for (int count = 1; count <= 120; count += count < 8 ? 1 : count < 40 ? 4 : 8) {
    // One after the other in one stream: what turns would give if switches were free.
    measure(count, "time-only", [&] {
      for (int i = 0; i < count; i++) products.one(i, 0);
    });
    measure(count, "space-only(mechanism=streams)", [&] {
      for (int i = 0; i < count; i++) products.one(i, products.streams[i]);
    });
    measure(count, "space-time(window_us=0,evict_stragglers=false)",
            [&] { products.batched(count); });
  }
}
