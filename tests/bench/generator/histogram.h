// Latencies in nanoseconds, counted in buckets of at most 1/128 of their value each, as HdrHistogram
// does it: exact below 128 ns, constant memory, no sample is ever lost.

#ifndef HERD_HISTOGRAM_H
#define HERD_HISTOGRAM_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { SUB_BITS = 7, SUB_BUCKETS = 1 << SUB_BITS, BUCKETS = (64 - SUB_BITS) * SUB_BUCKETS };

struct histogram {
  uint64_t counts[BUCKETS];
  uint64_t total;
  uint64_t max;
  double sum;
};

static inline int bucket_of(uint64_t value) {
  if (value < SUB_BUCKETS) return (int)value;
  int shift = 63 - __builtin_clzll(value) - SUB_BITS;
  return (shift + 1) * SUB_BUCKETS + (int)((value >> shift) - SUB_BUCKETS);
}

// The largest value that falls into a bucket.
static inline uint64_t bucket_end(int bucket) {
  if (bucket < SUB_BUCKETS) return (uint64_t)bucket;
  int shift = bucket / SUB_BUCKETS - 1;
  return (((uint64_t)(bucket % SUB_BUCKETS) + SUB_BUCKETS + 1) << shift) - 1;
}

static inline void record(struct histogram *it, uint64_t value) {
  it->counts[bucket_of(value)]++;
  it->total++;
  it->sum += (double)value;
  if (value > it->max) it->max = value;
}

static inline void clear(struct histogram *it) { memset(it, 0, sizeof *it); }

// Prints `"max":n,"mean":n,"buckets":[[largest value, count],...]`, all in nanoseconds.
static inline void print_histogram(const struct histogram *it) {
  double mean = it->total == 0 ? 0 : it->sum / (double)it->total;
  printf("\"max\":%llu,\"mean\":%.0f,\"buckets\":[", (unsigned long long)it->max, mean);
  const char *comma = "";
  for (int i = 0; i < BUCKETS; i++) {
    if (it->counts[i] == 0) continue;
    printf("%s[%llu,%llu]", comma, (unsigned long long)bucket_end(i),
           (unsigned long long)it->counts[i]);
    comma = ",";
  }
  printf("]");
}

#endif
