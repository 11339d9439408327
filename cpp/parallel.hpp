// The one owner of parallelism: a loop over genes, cut into chunks that threads take from a counter.
// Threads start and join inside the call; a failure to start one means fewer threads; exceptions are re-raised.
#pragma once
#include <atomic>
#include <cstdint>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace fw {

// Calls f(begin, end, thread) for chunks of [0, n); thread < n_threads numbers the workspace to use.
template <class F>
void parallel_for(int64_t n, int n_threads, int64_t chunk, F&& f) {
  if (n <= 0) return;
  if (chunk < 1) chunk = 1;
  int64_t n_chunks = (n + chunk - 1) / chunk;
  int workers = (int)(n_threads < 1 ? 1 : (n_threads > n_chunks ? n_chunks : n_threads));
  std::atomic<int64_t> next{0};
  std::exception_ptr error;
  std::mutex guard;
  auto work = [&](int thread) {
    try {
      for (;;) {
        int64_t begin = next.fetch_add(chunk);
        if (begin >= n) return;
        f(begin, begin + chunk < n ? begin + chunk : n, thread);
      }
    } catch (...) {
      std::lock_guard<std::mutex> lock(guard);
      if (!error) error = std::current_exception();
      next.store(n);
    }
  };
  std::vector<std::thread> threads;
  for (int t = 1; t < workers; ++t) {
    try {
      threads.emplace_back(work, t);
    } catch (const std::system_error&) {
      break;
    }
  }
  work(0);
  for (auto& t : threads) t.join();
  if (error) std::rethrow_exception(error);
}

// Chunk size: 64 genes, or about 32,000 values.
inline int64_t chunk_of(int64_t n_samples) {
  int64_t by_values = 32000 / (n_samples > 0 ? n_samples : 1);
  return by_values < 1 ? 1 : (by_values < 64 ? by_values : 64);
}

}  // namespace fw
