// The strict reader of count tables: what is not plainly a table of numbers is a defect with its line and field.
//
// Accepted: LF or CRLF line ends; fields separated by one delimiter; simple quotes around header fields and ids
// (no quote, line end inside); numbers made of digits, optionally with a decimal point, sign or exponent.
// Everything else (blank cell, word, ragged row, blank line, lone CR, decimal comma) is left to the second reader.
#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>

#include "table_io.hpp"

namespace fw::io {
namespace {

constexpr uint64_t max_int32 = 2147483647u;
constexpr uint64_t max_exact = uint64_t{1} << 53;  // above it a double no longer holds every integer

std::string_view stripped(const char* begin, const char* end) {
  while (begin < end && *begin == ' ') ++begin;
  while (end > begin && end[-1] == ' ') --end;
  return {begin, static_cast<size_t>(end - begin)};
}

class Reader {
 public:
  Reader(const ReadOptions& options, CountTable& table) : options_(options), table_(table) {}

  void run(const char* begin, const char* end) {
    const char* after_header = header(begin, end);
    if (table_.defect.kind) return;
    if (!layout(after_header, end)) return;
    reserve(after_header, end);
    // The last line may lack its line feed: it is parsed from a copy that has one, so that loops need no bound.
    const char* body_end = after_header;
    for (const char* p = end; p > after_header; --p) {
      if (p[-1] == '\n') { body_end = p; break; }
    }
    rows(after_header, body_end);
    if (table_.defect.kind || body_end == end) return;
    table_.tail.assign(body_end, end);
    table_.tail.push_back('\n');
    const char* const tail_end = table_.tail.data() + table_.tail.size();
    if (finished_ && !blank_rest(table_.tail.data(), tail_end)) return fail(1, "blank line");
    rows(table_.tail.data(), tail_end);
  }

 private:
  enum class Ending { field, row, bad };

  const ReadOptions& options_;
  CountTable& table_;
  std::vector<int64_t> text_index_;  // per field: position among the text columns, or -1
  int64_t n_fields_ = 0;
  int64_t capacity_ = 0;
  int64_t line_ = 1;
  bool finished_ = false;  // only blank lines follow

  void fail(int64_t column, const char* kind) { table_.defect = {line_, column, kind}; }

  // Finds the end of a name that starts at p; sets `name`; returns the position of its delimiter or line end.
  const char* name_field(const char* p, const char* end, int64_t column, std::string_view& name) {
    const char delimiter = options_.delimiter;
    if (p < end && *p == '"') {
      const char* close = p + 1;
      while (close < end && *close != '"' && *close != '\n' && *close != '\r') ++close;
      const char* next = close + 1;
      if (close >= end || *close != '"' || (next < end && *next != delimiter && *next != '\n' && *next != '\r')) {
        fail(column, "quote");
        return end;
      }
      name = stripped(p + 1, close);
      return next;
    }
    const char* start = p;
    while (p < end && *p != delimiter && *p != '\n' && *p != '\r') ++p;
    name = stripped(start, p);
    return p;
  }

  // Reads the first line into table_.header; returns the start of the second.
  const char* header(const char* p, const char* end) {
    for (;;) {
      std::string_view name;
      p = name_field(p, end, static_cast<int64_t>(table_.header.size()) + 1, name);
      if (table_.defect.kind) return end;
      table_.header.push_back(name);
      if (p < end && *p == options_.delimiter) { ++p; continue; }
      if (p < end && *p == '\r') {
        ++p;
        if (p == end || *p != '\n') { fail(static_cast<int64_t>(table_.header.size()), "carriage return"); return end; }
      }
      return p < end ? p + 1 : end;
    }
  }

  // Counts the fields of the first row: as many as the header has, or one more (row names without a title).
  bool layout(const char* p, const char* end) {
    line_ = 2;
    if (p == end) { fail(1, "no rows"); return false; }
    for (n_fields_ = 1;; ++n_fields_, ++p) {
      if (p < end && *p == '"') {  // a quote means something only where it opens a field
        for (++p; p < end && *p != '"' && *p != '\n';) ++p;
      }
      while (p < end && *p != options_.delimiter && *p != '\n') ++p;
      if (p == end || *p == '\n') break;
    }
    const auto titles = static_cast<int64_t>(table_.header.size());
    if (n_fields_ < 2 || (n_fields_ != titles && n_fields_ != titles + 1)) { fail(n_fields_, "ragged"); return false; }
    text_index_.assign(static_cast<size_t>(n_fields_), -1);
    int64_t position = 0;
    for (int64_t column : options_.text_columns) {
      if (column < 1 || column >= n_fields_ || text_index_[column] >= 0) { fail(column + 1, "ragged"); return false; }
      text_index_[column] = position++;
    }
    table_.text.resize(static_cast<size_t>(position));
    table_.n_columns = n_fields_ - 1 - position;
    return true;
  }

  // Room for one row per line, but never for more rows than the bytes can hold.
  void reserve(const char* p, const char* end) {
    const int64_t lines = std::count(p, end, '\n') + 1;
    const int64_t possible = (end - p) / (n_fields_ + table_.n_columns) + 1;
    capacity_ = std::min(lines, possible);
    table_.whole.reset(new int32_t[static_cast<size_t>(capacity_ * std::max<int64_t>(table_.n_columns, 1))]);
    table_.ids.reserve(static_cast<size_t>(capacity_));
    for (auto& column : table_.text) column.reserve(static_cast<size_t>(capacity_));
  }

  // From here on values are float64: what was read so far is copied.
  void widen(int64_t n_read) {
    const auto size = static_cast<size_t>(capacity_ * std::max<int64_t>(table_.n_columns, 1));
    std::unique_ptr<double[]> wide(new double[size]);
    for (int64_t i = 0; i < n_read; ++i) wide[i] = table_.whole[i];
    table_.real = std::move(wide);
    table_.whole.reset();
  }

  // Steps over a field's end; `last` tells whether the row must end here.
  Ending ending(const char*& p, bool last, int64_t column) {
    if (*p == options_.delimiter) {
      if (last) { fail(column + 1, "ragged"); return Ending::bad; }
      ++p;
      return Ending::field;
    }
    if (*p == '\r') {
      if (p[1] != '\n') { fail(column, "carriage return"); return Ending::bad; }
      ++p;
    }
    if (*p == '\n') {
      if (!last) { fail(column, "ragged"); return Ending::bad; }
      ++p;
      return Ending::row;
    }
    fail(column, "not a number");
    return Ending::bad;
  }

  // A number with point, sign or exponent, or with more digits than 64 bits hold.
  bool real_number(const char*& p, int64_t column, double& value) {
    const char* stop = p;
    bool digit = false, point = false;
    for (;; ++stop) {
      const char c = *stop;
      if (c >= '0' && c <= '9') digit = true;
      else if (c == '.') point = true;
      else if (c != '-' && c != '+' && c != 'e' && c != 'E') break;
    }
    if (!digit || *p == '+' || (point && !options_.decimal_point)) { fail(column, "not a number"); return false; }
#if defined(__cpp_lib_to_chars) || (defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 11)
    const auto [used, error] = std::from_chars(p, stop, value);
    if (error != std::errc() || used != stop) { fail(column, "not a number"); return false; }
#else
    // Exact by Clinger's rule: up to 53 bits of digits over a power of ten that a double holds exactly.
    static constexpr double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                        1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    uint64_t digits = 0;
    int64_t decimals = -1, n_digits = 0;
    const char* q = p + (*p == '-');
    for (; q < stop; ++q) {
      if (*q == '.' && decimals < 0) { decimals = 0; continue; }
      if (*q < '0' || *q > '9' || ++n_digits > 18) { fail(column, "not a number"); return false; }
      digits = digits * 10 + static_cast<uint64_t>(*q - '0');
      if (decimals >= 0) ++decimals;
    }
    if (digits > max_exact || decimals > 22) { fail(column, "not a number"); return false; }
    value = static_cast<double>(digits) / powers[decimals > 0 ? decimals : 0];
    if (*p == '-') value = -value;
#endif
    if (std::fabs(value) > static_cast<double>(max_exact)) { fail(column, "too large"); return false; }
    p = stop;
    return true;
  }

  void store_real(double value, int64_t cell) {
    if (table_.whole) {
      if (std::fabs(value) <= static_cast<double>(max_int32) && value == std::floor(value)) {
        table_.whole[cell] = static_cast<int32_t>(value);
        return;
      }
      widen(cell);
    }
    table_.real[cell] = value;
  }

  Ending number(const char*& p, int64_t cell, bool last, int64_t column) {
    const char* start = p;
    uint64_t value = 0;
    unsigned digit;
    while ((digit = static_cast<unsigned char>(*p) - unsigned{'0'}) <= 9) { value = value * 10 + digit; ++p; }
    const auto n_digits = p - start;
    const char next = *p;
    const bool plain = n_digits > 0 && n_digits <= 18 && (next == options_.delimiter || next == '\n' || next == '\r');
    if (plain) [[likely]] {
      if (value <= max_int32 && table_.whole) [[likely]] table_.whole[cell] = static_cast<int32_t>(value);
      else if (value > max_exact) { fail(column, "too large"); return Ending::bad; }
      else store_real(static_cast<double>(value), cell);
    } else {
      if (n_digits > 18 && next != '.') { fail(column, "too large"); return Ending::bad; }
      double real;
      p = start;
      if (!real_number(p, column, real)) return Ending::bad;
      store_real(real, cell);
    }
    return ending(p, last, column);
  }

  // The common case, kept tight: counts of at most seven digits that each end in a delimiter. Returns how many.
  // Eight bytes are taken at once, so that the varying number of digits costs no mispredicted branch.
  int64_t plain_run(const char*& position, const char* end, int32_t* out) const {
    if constexpr (std::endian::native != std::endian::little) return 0;
    const char delimiter = options_.delimiter;
    const int64_t limit = n_fields_ - 2;  // the last count of a row ends in a line feed
    const char* p = position;
    int64_t n = 0;
    for (; n < limit && end - p >= 8; ++n) {
      uint64_t digits;
      std::memcpy(&digits, p, 8);
      digits ^= 0x3030303030303030u;
      const uint64_t other = (digits | (digits + 0x7676767676767676u)) & 0x8080808080808080u;
      const int n_digits = std::countr_zero(other) >> 3;  // 8 where all are digits
      if (n_digits == 0 || n_digits == 8 || p[n_digits] != delimiter) break;
      digits <<= 8 * (8 - n_digits);  // leading zeros
      digits = digits * 10 + (digits >> 8);
      digits = ((digits & 0x000000ff000000ffu) * 0x000f424000000064u +
                ((digits >> 16) & 0x000000ff000000ffu) * 0x0000271000000001u) >> 32;
      out[n] = static_cast<int32_t>(digits);
      p += n_digits + 1;
    }
    position = p;
    return n;
  }

  bool blank_rest(const char* p, const char* end) {
    while (p < end && (*p == '\n' || (*p == '\r' && p[1] == '\n'))) ++p;
    return p == end;
  }

  // Parses whole lines in [p, end); end[-1] is a line feed.
  void rows(const char* p, const char* end) {
    while (p < end) {
      if (*p == '\n' || *p == '\r') {
        if (blank_rest(p, end)) { finished_ = true; return; }
        return fail(1, "blank line");
      }
      if (table_.n_rows == capacity_) return fail(1, "ragged");
      std::string_view id;
      p = name_field(p, end, 1, id);
      if (table_.defect.kind) return;
      if (ending(p, false, 1) != Ending::field) return;
      int64_t cell = table_.n_rows * table_.n_columns;
      int64_t field = 1;
      if (table_.whole && table_.text.empty()) {
        field += plain_run(p, end, table_.whole.get() + cell);
        cell += field - 1;
      }
      for (; field < n_fields_; ++field) {
        const bool last = field == n_fields_ - 1;
        if (text_index_[field] >= 0) {
          std::string_view word;
          p = name_field(p, end, field + 1, word);
          if (table_.defect.kind) return;
          table_.text[text_index_[field]].push_back(word);
          if (ending(p, last, field + 1) == Ending::bad) return;
        } else if (number(p, cell++, last, field + 1) == Ending::bad) {
          return;
        }
      }
      table_.ids.push_back(id);
      ++table_.n_rows;
      ++line_;
    }
  }
};

}  // namespace

void read_counts(const char* begin, const char* end, const ReadOptions& options, CountTable& table) {
  Reader(options, table).run(begin, end);
}

}  // namespace fw::io
