// The formatter of tables: tab-separated, line feeds, "." as decimal point in every locale.
//
// Reals: shortest digits that read back to the same double (std::to_chars), laid out as Python's repr (positional for
// exponents -4 to 15) but whole numbers without ".0". Text that holds a tab, a line end or a quote is quoted and its
// quotes doubled (RFC 4180); everything else is written as it is.
#include <charconv>
#include <cmath>
#include <cstring>

#include "table_io.hpp"

namespace fw::io {
namespace {

constexpr size_t max_number = 32;  // "-1.7976931348623157e+308" and a separator fit

char* copy(char* out, std::string_view text) {
  if (!text.empty()) std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

bool needs_quotes(std::string_view text) {
  for (const char c : text) {
    if (c == '\t' || c == '\n' || c == '\r' || c == '"') return true;
  }
  return false;
}

char* put_text(char* out, std::string_view text) {
  if (!needs_quotes(text)) return copy(out, text);
  *out++ = '"';
  for (const char c : text) {
    if (c == '"') *out++ = '"';
    *out++ = c;
  }
  *out++ = '"';
  return out;
}

char* put_whole(char* out, int64_t value) { return std::to_chars(out, out + max_number, value).ptr; }

// Moves the digits of "d.ddde+XX" (p to end) to where Python's repr would put the point.
char* put_positional(char* out, const char* p, const char* mark, int exponent) {
  char digits[max_number];
  size_t n_digits = 0;
  for (; p < mark; ++p) {
    if (*p != '.') digits[n_digits++] = *p;
  }
  if (exponent < 0) {
    out = copy(out, "0.");
    for (int i = -1; i > exponent; --i) *out++ = '0';
    return copy(out, {digits, n_digits});
  }
  const auto before = static_cast<size_t>(exponent) + 1;
  for (size_t i = 0; i < before; ++i) *out++ = i < n_digits ? digits[i] : '0';
  if (n_digits > before) {
    *out++ = '.';
    out = copy(out, {digits + before, n_digits - before});
  }
  return out;
}

char* put_real(char* out, double value) {
  const double size = std::fabs(value);
  if (size < 1e15) {
    if (value == static_cast<double>(static_cast<int64_t>(value))) {
      return value == 0 && std::signbit(value) ? copy(out, "-0") : put_whole(out, static_cast<int64_t>(value));
    }
    if (size >= 0.1) {  // the positional form is the shorter one for all of these
      return std::to_chars(out, out + max_number, value).ptr;
    }
  } else if (std::isinf(value)) {
    return copy(out, value < 0 ? "-inf" : "inf");
  }
  char text[max_number];
  const char* const end = std::to_chars(text, text + max_number, value, std::chars_format::scientific).ptr;
  const char* mark = end;
  while (*--mark != 'e') {}
  int exponent = 0;
  for (const char* q = mark + 2; q < end; ++q) exponent = exponent * 10 + (*q - '0');
  if (mark[1] == '-') exponent = -exponent;
  const char* p = text;
  if (*p == '-') *out++ = *p++;
  if (exponent < -4 || exponent >= 16) return copy(out, {p, static_cast<size_t>(end - p)});
  return put_positional(out, p, mark, exponent);
}

// Bytes that one row may need at most.
size_t row_room(const std::vector<WriteColumn>& columns, int64_t row, size_t missing) {
  size_t room = 1;
  for (const WriteColumn& column : columns) {
    switch (column.kind) {
      case WriteColumn::Kind::text: room += 2 * column.words[static_cast<size_t>(row)].size() + missing + 3; break;
      case WriteColumn::Kind::codes: {
        const int8_t code = column.codes[row];
        room += missing + 3 + (code < 0 ? 0 : 2 * column.words[static_cast<size_t>(code)].size());
        break;
      }
      default: room += static_cast<size_t>(column.width) * (max_number + missing);
    }
  }
  return room;
}

char* put_cells(char* out, const WriteColumn& column, int64_t row, std::string_view missing) {
  switch (column.kind) {
    case WriteColumn::Kind::text: {
      const std::string_view word = column.words[static_cast<size_t>(row)];
      out = word.data() ? put_text(out, word) : copy(out, missing);
      *out++ = '\t';
      break;
    }
    case WriteColumn::Kind::codes: {
      const int8_t code = column.codes[row];
      out = code < 0 ? copy(out, missing) : put_text(out, column.words[static_cast<size_t>(code)]);
      *out++ = '\t';
      break;
    }
    case WriteColumn::Kind::whole:
      for (int64_t i = 0; i < column.width; ++i) {
        out = put_whole(out, column.whole[row * column.width + i]);
        *out++ = '\t';
      }
      break;
    case WriteColumn::Kind::real:
      for (int64_t i = 0; i < column.width; ++i) {
        const double value = column.real[row * column.width + i];
        out = std::isnan(value) ? copy(out, missing) : put_real(out, value);
        *out++ = '\t';
      }
  }
  return out;
}

}  // namespace

std::vector<char> format_rows(int64_t n_rows, const std::vector<WriteColumn>& columns, std::string_view missing) {
  std::vector<char> bytes;
  size_t used = 0;
  for (int64_t row = 0; row < n_rows; ++row) {
    const size_t room = row_room(columns, row, missing.size());
    if (bytes.size() - used < room) bytes.resize(bytes.size() + bytes.size() / 2 + room + 65536);
    char* const start = bytes.data() + used;
    char* out = start;
    for (const WriteColumn& column : columns) out = put_cells(out, column, row, missing);
    if (out == start) ++out;
    out[-1] = '\n';
    used = static_cast<size_t>(out - bytes.data());
  }
  bytes.resize(used);
  return bytes;
}

}  // namespace fw::io
