// Bindings of the table reader and the table formatter: argument checks and Python objects only.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "table_io.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace {

// A buffer of bytes (bytes, memoryview, mmap) held while it is read.
class Buffer {
 public:
  explicit Buffer(nb::handle object) {
    if (PyObject_GetBuffer(object.ptr(), &view_, PyBUF_SIMPLE)) throw nb::python_error();
  }
  ~Buffer() { PyBuffer_Release(&view_); }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  const char* begin() const { return static_cast<const char*>(view_.buf); }
  const char* end() const { return begin() + view_.len; }

 private:
  Py_buffer view_;
};

// Names as a list of str; throws UnicodeDecodeError where they are not UTF-8.
nb::object name_list(const std::vector<std::string_view>& names) {
  PyObject* list = PyList_New(static_cast<Py_ssize_t>(names.size()));
  if (!list) throw nb::python_error();
  nb::object result = nb::steal(list);
  for (size_t i = 0; i < names.size(); ++i) {
    PyObject* name = PyUnicode_DecodeUTF8(names[i].data(), static_cast<Py_ssize_t>(names[i].size()), nullptr);
    if (!name) throw nb::python_error();
    if (PyList_SetItem(list, static_cast<Py_ssize_t>(i), name)) throw nb::python_error();
  }
  return result;
}

template <typename T>
nb::object matrix(std::unique_ptr<T[]>& values, int64_t n_rows, int64_t n_columns) {
  T* data = values.release();
  nb::capsule owner(data, [](void* p) noexcept { delete[] static_cast<T*>(p); });
  return nb::cast(nb::ndarray<nb::numpy, T, nb::ndim<2>>(
      data, {static_cast<size_t>(n_rows), static_cast<size_t>(n_columns)}, owner));
}

nb::dict read_counts(nb::object buffer, const std::string& delimiter, int64_t start,
                     std::vector<int64_t> text_columns, bool decimal_point) {
  if (delimiter.size() != 1 || delimiter == "\n" || delimiter == "\r" || delimiter == "\"")
    throw nb::value_error("delimiter must be one byte and no line end or quote");
  const Buffer bytes(buffer);
  if (start < 0 || start > bytes.end() - bytes.begin()) throw nb::value_error("start lies outside the buffer");
  fw::io::ReadOptions options{delimiter[0], decimal_point, std::move(text_columns)};
  fw::io::CountTable table;
  {
    nb::gil_scoped_release release;
    fw::io::read_counts(bytes.begin() + start, bytes.end(), options, table);
  }
  nb::dict result;
  result["defect"] = nb::none();
  if (!table.defect.kind) {
    try {
      result["header"] = name_list(table.header);
      result["ids"] = name_list(table.ids);
      nb::list text;
      for (const auto& column : table.text) text.append(name_list(column));
      result["text"] = text;
    } catch (nb::python_error& error) {
      if (!error.matches(PyExc_UnicodeDecodeError)) throw;
      table.defect = {0, 0, "encoding"};
    }
  }
  if (table.defect.kind) {
    nb::dict failed;
    failed["defect"] = nb::make_tuple(table.defect.line, table.defect.column, table.defect.kind);
    return failed;
  }
  result["counts"] = table.whole ? matrix(table.whole, table.n_rows, table.n_columns)
                                 : matrix(table.real, table.n_rows, table.n_columns);
  return result;
}

// Python objects that must outlive the formatting, and the columns that point into them.
struct Columns {
  std::vector<nb::object> keep;
  std::vector<fw::io::WriteColumn> columns;
  int64_t n_rows = -1;

  void set_rows(int64_t n) {
    if (n_rows >= 0 && n != n_rows) throw nb::value_error("columns differ in their number of rows");
    n_rows = n;
  }

  // Text of a sequence of str or None; a tuple is made so that no other thread can change it meanwhile.
  std::vector<std::string_view> words(nb::handle sequence) {
    nb::object items = nb::steal(PySequence_Tuple(sequence.ptr()));
    if (!items.is_valid()) throw nb::python_error();
    const Py_ssize_t n = PyTuple_Size(items.ptr());
    std::vector<std::string_view> result(static_cast<size_t>(n));
    for (Py_ssize_t i = 0; i < n; ++i) {
      PyObject* item = PyTuple_GetItem(items.ptr(), i);
      if (item == Py_None) continue;
      Py_ssize_t size = 0;
      const char* data = PyUnicode_AsUTF8AndSize(item, &size);
      if (!data) throw nb::python_error();
      result[static_cast<size_t>(i)] = {data, static_cast<size_t>(size)};
    }
    keep.push_back(std::move(items));
    return result;
  }

  template <typename T>
  const T* numbers(nb::handle object, int64_t& width) {
    auto array = nb::cast<nb::ndarray<const T, nb::c_contig, nb::device::cpu>>(object);
    if (array.ndim() < 1 || array.ndim() > 2) throw nb::value_error("columns must have one or two dimensions");
    set_rows(static_cast<int64_t>(array.shape(0)));
    width = array.ndim() == 2 ? static_cast<int64_t>(array.shape(1)) : 1;
    const T* data = array.data();
    keep.push_back(nb::cast(array));
    return data;
  }

  void add_codes(nb::handle object, fw::io::WriteColumn& column) {
    if (nb::len(object) != 2) throw nb::value_error("a coded column is (codes, words)");
    column.kind = fw::io::WriteColumn::Kind::codes;
    int64_t width = 1;
    column.codes = numbers<int8_t>(object[0], width);
    column.words = words(object[1]);
    if (width != 1) throw nb::value_error("codes must have one dimension");
    for (int64_t i = 0; i < n_rows; ++i) {
      if (column.codes[i] >= static_cast<int64_t>(column.words.size())) throw nb::value_error("code without a word");
    }
  }

  void add(nb::handle object) {
    fw::io::WriteColumn column;
    nb::ndarray<nb::ro, nb::device::cpu> array;
    if (nb::isinstance<nb::tuple>(object)) {
      add_codes(object, column);
    } else if (nb::isinstance<nb::list>(object)) {
      column.kind = fw::io::WriteColumn::Kind::text;
      column.words = words(object);
      set_rows(static_cast<int64_t>(column.words.size()));
    } else if (nb::try_cast(object, array) && array.dtype() == nb::dtype<int64_t>()) {
      column.kind = fw::io::WriteColumn::Kind::whole;
      column.whole = numbers<int64_t>(object, column.width);
    } else {
      column.real = numbers<double>(object, column.width);
    }
    columns.push_back(std::move(column));
  }
};

nb::bytes format_rows(nb::list columns, const std::string& missing) {
  Columns all;
  for (nb::handle column : columns) all.add(column);
  std::vector<char> text;
  {
    nb::gil_scoped_release release;
    text = fw::io::format_rows(all.n_rows < 0 ? 0 : all.n_rows, all.columns, missing);
  }
  return nb::bytes(text.data(), text.size());
}

}  // namespace

void bind_io(nb::module_& m) {
  m.def("read_counts", &read_counts, "buffer"_a, "delimiter"_a, "start"_a = 0,
        "text_columns"_a = std::vector<int64_t>{}, "decimal_point"_a = true,
        "Read a delimited table of numbers; see foldwise._kernels.");
  m.def("format_rows", &format_rows, "columns"_a, "missing"_a = "",
        "Format columns as tab-separated lines; see foldwise._kernels.");
}
