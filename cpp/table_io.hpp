// Text tables in and out: the strict reader of count tables and the formatter of result tables.
//
// Not part of the per-gene kernels: plain C++20 with the STL, compiled once. No function here touches Python.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace fw::io {

// The first thing that the strict reader does not accept. Lines and fields count from 1; kind is null where none.
struct Defect {
  int64_t line = 0;
  int64_t column = 0;
  const char* kind = nullptr;
};

// A count table as read. Spans point into the caller's buffer or into `tail`.
struct CountTable {
  std::vector<std::string_view> header;             // fields of the first line, spaces stripped
  std::vector<std::string_view> ids;                // first field of every row
  std::vector<std::vector<std::string_view>> text;  // one per asked-for text column
  std::unique_ptr<int32_t[]> whole;                 // n_rows x n_columns while all values are whole and < 2^31
  std::unique_ptr<double[]> real;                   // the same as float64 from the first other value on
  int64_t n_rows = 0;
  int64_t n_columns = 0;  // numeric columns
  std::string tail;       // copy of a last line that has no line feed
  Defect defect;
};

struct ReadOptions {
  char delimiter = '\t';
  bool decimal_point = true;           // false: a "." is a defect (it may be a thousands separator)
  std::vector<int64_t> text_columns;   // 0-based field numbers (the id is field 0), ascending
};

// Reads a delimited table: one header line, then one id and numbers per line. Throws std::bad_alloc.
void read_counts(const char* begin, const char* end, const ReadOptions& options, CountTable& table);

// One block of columns of a table to be written.
struct WriteColumn {
  enum class Kind { real, whole, codes, text } kind = Kind::real;
  const double* real = nullptr;     // n_rows x width, row-major
  const int64_t* whole = nullptr;   // n_rows x width, row-major
  const int8_t* codes = nullptr;    // n_rows; negative = missing
  std::vector<std::string_view> words;  // of the codes, or one per row (data() null = missing)
  int64_t width = 1;
};

// Writes rows as tab-separated text with line feeds. Reals are the shortest digits that read back to the same
// double, laid out as Python's repr but without ".0"; NaN is `missing`.
std::vector<char> format_rows(int64_t n_rows, const std::vector<WriteColumn>& columns, std::string_view missing);

}  // namespace fw::io
