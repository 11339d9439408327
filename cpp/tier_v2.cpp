#define FW_NS fw_v2
#define FW_WIDTH 2
#include "kernels.inc"
const fw::KernelTable* fw::table_v2() { return &fw_v2::TABLE; }
