// Bindings of the kernels that know no genes: elementwise functions and the normal tail.
#include "binding.hpp"

#include <cstring>

using namespace fw;

static nb::object shaped(nb::object flat, const nb::ndarray<const double, nb::c_contig, nb::device::cpu>& like) {
  nb::list shape;
  for (size_t k = 0; k < like.ndim(); ++k) shape.append(like.shape(k));
  return flat.attr("reshape")(nb::tuple(shape));
}

void bind_arrays(nb::module_& m) {
  m.def(
      "elementwise",
      [](const std::string& name, Array<double> x) {
        static const char* names[] = {"log", "exp", "log1p", "expm1", "lgamma", "digamma", "trigamma", "lgamma_r", "digamma_r", "log_r", "log2_nearest"};
        int code = -1;
        for (int k = 0; k < 11; ++k) if (name == names[k]) code = k;
        if (code < 0) refuse("elementwise: unknown function " + name);
        auto out = fresh<double>({x.size()});
        {
          nb::gil_scoped_release release;
          kernels().elementwise(code, x.data(), out.data, (int64_t)x.size());
        }
        return shaped(out.object, x);
      },
      nb::arg("name"), nb::arg("x").noconvert());
  m.def(
      "normal_tail",
      [](Array<double> z) {
        auto p = fresh<double>({z.size()});
        auto log_p = fresh<double>({z.size()});
        {
          nb::gil_scoped_release release;
          kernels().normal_tail(z.data(), p.data, log_p.data, (int64_t)z.size());
        }
        return nb::make_tuple(shaped(p.object, z), shaped(log_p.object, z));
      },
      nb::arg("z").noconvert());
}
